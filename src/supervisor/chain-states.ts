import type { ChainState } from '../observability/cluster-metrics.js'
import type { ChainId } from '../protocol/chain-id.js'
import type { Store } from '../storage/index.js'
import type { ChainCoordinator } from './chain-coordinator.js'

/** How the chains are, for metrics: all of one snapshot. */
export function chainStates(store: Store, chains: ReadonlyMap<ChainId, ChainCoordinator>): ChainState[] {
	return store.read((view) =>
		[...chains].map(([chainId, { stopped }]) => {
			const heads = {
				'local-unsafe': view.localUnsafe(chainId)?.number,
				'cross-unsafe': view.crossUnsafe(chainId)?.number,
				'local-safe': view.localSafeHead(chainId)?.derived.number,
				'cross-safe': view.crossSafeHead(chainId)?.number,
				finalized: view.finalized(chainId)?.number,
			}
			const known = Object.entries(heads).filter((head): head is [string, number] => head[1] !== undefined)
			return {
				chain: `${chainId}`,
				isStopped: stopped !== undefined,
				isDisputed: view.disputed(chainId) !== undefined,
				heads: Object.fromEntries(known),
			}
		}),
	)
}
