import type { BlockId } from '../../src/protocol/block.js'
import type { ChainId } from '../../src/protocol/chain-id.js'
import type { Replay } from '../../src/recording/replay/start-replay.js'

/** What a supervisor told the node of a chain, in order. */
export type Told =
	| { readonly kind: 'crossUnsafe' | 'finalized' | 'invalidate'; readonly block: BlockId }
	| { readonly kind: 'crossSafe'; readonly block: BlockId; readonly source: BlockId }

const KINDS: Readonly<Record<string, Told['kind']>> = {
	interop_updateCrossUnsafe: 'crossUnsafe',
	interop_updateCrossSafe: 'crossSafe',
	interop_updateFinalized: 'finalized',
	interop_invalidateBlock: 'invalidate',
}

/** Heads and invalidations that the node of a chain was told. */
export function toldOf(replay: Replay, chainId: ChainId): Told[] {
	const told: Told[] = []
	for (const call of replay.calls) {
		const kind = KINDS[call.method]
		if (call.chainId !== chainId || kind === undefined) continue
		const [block, source] = call.params as [BlockId, BlockId]
		if (kind === 'crossSafe') told.push({ kind, block, source })
		else told.push({ kind, block })
	}
	return told
}

/** The last head of a level that the node was told. */
export function lastTold(told: readonly Told[], kind: Told['kind']): Told | undefined {
	return told.findLast((one) => one.kind === kind)
}
