import type { BlockId, BlockRef, DerivedIdPair } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'

/** The heads of one chain. A head that is not known yet is the zero block. */
export interface ChainSyncStatus {
	readonly localUnsafe: BlockRef
	readonly localSafe: BlockId
	readonly crossUnsafe: BlockId
	/** Cross-safe. */
	readonly safe: BlockId
	readonly finalized: BlockId
}

/** The answer of `supervisor_syncStatus`. Times in seconds, the smallest of all chains. */
export interface SyncStatus {
	/** The newest L1 block that every chain has derived from. */
	readonly minSyncedL1: BlockRef
	readonly safeTimestamp: number
	readonly finalizedTimestamp: number
	readonly chains: ReadonlyMap<ChainId, ChainSyncStatus>
}

/**
 * What the API reads. Every call answers from one snapshot of the store; errors are those of
 * `src/protocol/errors.ts`: an unknown chain, or data that is not known yet.
 */
export interface SupervisorReader {
	localUnsafe(chainId: ChainId): BlockId
	localSafe(chainId: ChainId): DerivedIdPair
	syncStatus(): SyncStatus
}
