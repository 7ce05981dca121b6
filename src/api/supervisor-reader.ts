import type { BlockId, BlockRef, DerivedIdPair } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import type { SyncStatus } from '../protocol/sync-status.js'
import type { AccessCheck } from '../safety/check-access-list.js'
import type { ClusterState, KnownInvalidation } from './cluster-change.js'

/** The chains whose messages depend on each other, and for how many seconds a message can be executed. */
export interface ServedDependencySet {
	/** Ascending. */
	readonly chains: readonly ChainId[]
	readonly messageExpiryWindow: bigint
}

/**
 * What the API reads from the store. Every call answers from one snapshot; errors are those of
 * `src/protocol/errors.ts`: an unknown chain, data that is not known yet, or that contradicts what is known.
 */
export interface SupervisorReader {
	readonly dependencySet: ServedDependencySet
	/** Refuses all access lists while it is on. */
	failsafe(): boolean
	/** @throws as checkAccessList of src/safety does */
	checkAccessList(check: AccessCheck): void
	localUnsafe(chainId: ChainId): BlockId
	crossUnsafe(chainId: ChainId): BlockId
	localSafe(chainId: ChainId): DerivedIdPair
	crossSafe(chainId: ChainId): DerivedIdPair
	finalized(chainId: ChainId): BlockId
	finalizedL1(): BlockRef
	/** The L1 block at which an L2 block became cross-safe; without a parent hash if it is the store's first. */
	crossDerivedToSource(chainId: ChainId, derived: BlockId): BlockRef
	/** The last local-safe block of every chain at an L1 block. */
	allSafeDerivedAt(source: BlockId): ReadonlyMap<ChainId, BlockId>
	syncStatus(): SyncStatus
	/** What subscribers hear of. */
	state(): ClusterState
	/** Every block that was ever found invalid, and what became of it. */
	invalidations(): readonly KnownInvalidation[]
}
