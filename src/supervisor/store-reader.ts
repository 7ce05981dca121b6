import type { ServedDependencySet, SupervisorReader } from '../api/supervisor-reader.js'
import { type BlockId, type BlockRef, blockId, type DerivedIdPair, formatBlock } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import { AwaitingReplacementError, FutureDataError, UninitializedError } from '../protocol/errors.js'
import { checkAccessList } from '../safety/check-access-list.js'
import type { SafetyRules } from '../safety/rules.js'
import type { Snapshot, View } from '../storage/index.js'
import { clusterState, invalidations } from './cluster-state.js'
import { allSafeDerivedAt, crossDerivedToSource, scopeOf } from './derivation-reads.js'
import { syncStatus } from './sync-status.js'

/** A store of this process, or one that another process writes. */
export interface SnapshotSource {
	read<T>(action: (view: Snapshot) => T): T
}

/** What the answers depend on beside the store. */
export interface ReaderSettings {
	readonly dependencySet: ServedDependencySet
	readonly rules: SafetyRules
}

/** Answers the API from the store: one snapshot a call, so that an answer never mixes two states. */
export function storeReader(store: SnapshotSource, settings: ReaderSettings): SupervisorReader {
	const { dependencySet, rules } = settings
	return {
		dependencySet,
		failsafe: () => store.read((view) => view.failsafe),
		checkAccessList: (check) => store.read((view) => checkAccessList(view, rules, check)),
		localUnsafe: (chainId) => store.read((view) => blockId(known(view.localUnsafe(chainId), chainId))),
		crossUnsafe: (chainId) => store.read((view) => blockId(known(view.crossUnsafe(chainId), chainId))),
		localSafe: (chainId) => store.read((view) => localSafe(view, chainId)),
		crossSafe: (chainId) => store.read((view) => crossSafe(view, chainId)),
		finalized: (chainId) => store.read((view) => finalized(view, chainId)),
		finalizedL1: () => store.read(finalizedL1),
		crossDerivedToSource: (chainId, derived) =>
			store.read((view) => crossDerivedToSource(view, chainId, derived)),
		allSafeDerivedAt: (source) => store.read((view) => allSafeDerivedAt(view, source)),
		syncStatus: () => store.read((view) => view.remembered('syncStatus', () => syncStatus(view))),
		state: () => store.read(clusterState),
		invalidations: () => store.read(invalidations),
	}
}

function known<T>(head: T | undefined, chainId: ChainId): T {
	if (head === undefined) throw new FutureDataError(`chain ${chainId} has no such block yet`)
	return head
}

function localSafe(view: View, chainId: ChainId): DerivedIdPair {
	const marker = view.pendingInvalidation(chainId)
	if (marker !== undefined) {
		throw new AwaitingReplacementError(
			`block ${formatBlock(marker.block)} of chain ${chainId} is invalid and not replaced yet`,
		)
	}
	const { source, derived } = known(view.localSafeHead(chainId), chainId)
	return { source: blockId(source), derived: blockId(derived) }
}

function crossSafe(view: View, chainId: ChainId): DerivedIdPair {
	const head = known(view.crossSafeHead(chainId), chainId)
	return { source: blockId(scopeOf(view, head)), derived: blockId(head) }
}

function finalized(view: View, chainId: ChainId): BlockId {
	const head = view.finalized(chainId)
	if (head !== undefined) return blockId(head)
	throw new FutureDataError(
		view.finalizedL1 === undefined
			? `no L1 block is known to be final: finality of chain ${chainId} is not known yet`
			: `no block of chain ${chainId} is final yet`,
	)
}

/** "not found" is what clients look for while finality is unknown. */
function finalizedL1(view: View): BlockRef {
	const block = view.finalizedL1
	if (block === undefined) throw new UninitializedError('finality of L1: not found')
	return block
}
