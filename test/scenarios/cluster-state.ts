import type { BlockId, BlockRef } from '../../src/protocol/block.js'
import type { ChainId } from '../../src/protocol/chain-id.js'
import type { CrossSafeBlock, InvalidatedBlock, LocalSafeBlock, Snapshot } from '../../src/storage/index.js'

/** Everything that the store says of a chain, as plain data for the invariants. */
export interface ChainState {
	readonly chainId: ChainId
	readonly anchor: BlockRef | undefined
	/** The log index, by number. */
	readonly index: ReadonlyMap<number, BlockRef>
	readonly top: BlockRef | undefined
	/** canon(n) of the rules. */
	readonly localSafe: ReadonlyMap<number, LocalSafeBlock>
	/** Cross-safe blocks in order, each with its first scope. */
	readonly settled: readonly CrossSafeBlock[]
	readonly head: CrossSafeBlock | undefined
	/** The last cross-safe block of each scope. */
	readonly scopes: readonly CrossSafeBlock[]
	readonly crossUnsafe: BlockId | undefined
	readonly marker: InvalidatedBlock | undefined
	readonly invalidated: readonly InvalidatedBlock[]
}

export type ClusterState = ReadonlyMap<ChainId, ChainState>

export function readClusterState(view: Snapshot): ClusterState {
	return new Map(view.chainIds.map((chainId) => [chainId, readChainState(view, chainId)]))
}

function readChainState(view: Snapshot, chainId: ChainId): ChainState {
	const index = new Map<number, BlockRef>()
	for (const block of view.canonicalFrom(chainId, 0)) index.set(block.number, block)
	const localSafe = new Map<number, LocalSafeBlock>()
	for (const block of view.localSafeFrom(chainId, 0)) localSafe.set(block.number, block)
	const invalidated = view.invalidatedBlocks(chainId)
	return {
		chainId,
		anchor: view.anchor(chainId),
		index,
		top: view.localUnsafe(chainId),
		localSafe,
		settled: [...view.crossSafeFrom(chainId, 0)],
		head: view.crossSafeHead(chainId),
		scopes: [...view.scopes(chainId)],
		crossUnsafe: view.crossUnsafe(chainId),
		marker: invalidated.find((row) => row.replacement === null),
		invalidated,
	}
}
