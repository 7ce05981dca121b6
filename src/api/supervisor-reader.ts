import type { BlockId, DerivedIdPair } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import type { SyncStatus } from '../protocol/sync-status.js'

/**
 * What the API reads. Every call answers from one snapshot of the store; errors are those of
 * `src/protocol/errors.ts`: an unknown chain, or data that is not known yet.
 */
export interface SupervisorReader {
	localUnsafe(chainId: ChainId): BlockId
	localSafe(chainId: ChainId): DerivedIdPair
	syncStatus(): SyncStatus
}
