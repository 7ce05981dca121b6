import { type BlockId, type BlockRef, blockId } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import { FutureDataError } from '../protocol/errors.js'
import { ZERO_HASH } from '../protocol/hash.js'
import type { ChainSyncStatus, SyncStatus } from '../protocol/sync-status.js'
import type { View } from '../storage/index.js'

const ZERO_BLOCK: BlockRef = { hash: ZERO_HASH, number: 0, parentHash: ZERO_HASH, timestamp: 0 }

/**
 * The heads of all chains (protocol notes, "syncStatus"); a head that is not known is all-zero.
 * @throws FutureDataError while no chain has a block
 */
export function syncStatus(view: View): SyncStatus {
	const chains = new Map(view.chainIds.map((chainId) => [chainId, chainStatus(view, chainId)]))
	if ([...chains.values()].every((chain) => chain.localUnsafe === ZERO_BLOCK)) {
		throw new FutureDataError('supervisor status tracker not ready: no chain has a block yet')
	}
	const origins = view.chainIds.map((chainId) => view.derivationOrigin(chainId) ?? ZERO_BLOCK)
	return {
		minSyncedL1: origins.reduce((least, origin) => (origin.number < least.number ? origin : least)),
		safeTimestamp: oldest(view, (chainId) => view.crossSafeHead(chainId)),
		finalizedTimestamp: oldest(view, (chainId) => view.finalized(chainId)),
		chains,
	}
}

/** The lowest time of a local-safe head or of what is below it; 0 if a chain has none. */
export function oldest(view: View, headOf: (chainId: ChainId) => BlockId | undefined): number {
	const timeOf = (chainId: ChainId) => {
		const head = headOf(chainId)
		return head === undefined ? 0 : (view.localSafe(chainId, head.number)?.timestamp ?? 0)
	}
	return Math.min(...view.chainIds.map(timeOf))
}

function chainStatus(view: View, chainId: ChainId): ChainSyncStatus {
	const id = (head: BlockId | undefined) => blockId(head ?? ZERO_BLOCK)
	return {
		localUnsafe: view.localUnsafe(chainId) ?? ZERO_BLOCK,
		localSafe: id(view.localSafeHead(chainId)?.derived),
		crossUnsafe: id(view.crossUnsafe(chainId)),
		safe: id(view.crossSafeHead(chainId)),
		finalized: id(view.finalized(chainId)),
	}
}
