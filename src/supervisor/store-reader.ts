import type { SupervisorReader } from '../api/supervisor-reader.js'
import { type BlockId, type BlockRef, blockId, formatBlock } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import { AwaitingReplacementError, FutureDataError } from '../protocol/errors.js'
import { ZERO_HASH } from '../protocol/hash.js'
import type { ChainSyncStatus, SyncStatus } from '../protocol/sync-status.js'
import type { Store, View } from '../storage/index.js'

const ZERO_BLOCK: BlockRef = { hash: ZERO_HASH, number: 0, parentHash: ZERO_HASH, timestamp: 0 }

/** Answers the API from the store: one snapshot a call, so that an answer never mixes two states. */
export function storeReader(store: Store): SupervisorReader {
	return {
		localUnsafe: (chainId) => store.read((view) => blockId(known(view.localUnsafe(chainId), chainId))),
		localSafe: (chainId) =>
			store.read((view) => {
				const marker = view.pendingInvalidation(chainId)
				if (marker !== undefined) {
					throw new AwaitingReplacementError(
						`block ${formatBlock(marker.block)} of chain ${chainId} is invalid and not replaced yet`,
					)
				}
				const { source, derived } = known(view.localSafeHead(chainId), chainId)
				return { source: blockId(source), derived: blockId(derived) }
			}),
		syncStatus: () => store.read(syncStatus),
	}
}

function known<T>(head: T | undefined, chainId: ChainId): T {
	if (head === undefined) throw new FutureDataError(`chain ${chainId} has no such block yet`)
	return head
}

function syncStatus(view: View): SyncStatus {
	const chains = new Map(view.chainIds.map((chainId) => [chainId, chainStatus(view, chainId)]))
	if ([...chains.values()].every((chain) => chain.localUnsafe === ZERO_BLOCK)) {
		throw new FutureDataError('supervisor status tracker not ready: no chain has a block yet')
	}
	const origins = view.chainIds.map((chainId) => view.derivationOrigin(chainId) ?? ZERO_BLOCK)
	const timeOf = (chainId: ChainId, head: BlockId) => view.localSafe(chainId, head.number)?.timestamp ?? 0
	const oldest = (level: 'safe' | 'finalized') =>
		Math.min(...[...chains].map(([chainId, chain]) => timeOf(chainId, chain[level])))
	return {
		minSyncedL1: origins.reduce((least, origin) => (origin.number < least.number ? origin : least)),
		safeTimestamp: oldest('safe'),
		finalizedTimestamp: oldest('finalized'),
		chains,
	}
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
