import type { ExecutionNodes } from '../execution/execution-nodes.js'
import type { IndexPool } from '../indexing/index-pool.js'
import type { L1Feed } from '../l1/l1-feed.js'
import type { ChainWork, WorkReading } from '../observability/cluster-reading.js'
import type { ChainId } from '../protocol/chain-id.js'
import type { UnsafeRouter } from '../routing/unsafe-router.js'
import type { Store } from '../storage/index.js'
import type { ChainCoordinator } from './chain-coordinator.js'
import type { ClusterNodes } from './cluster-nodes.js'
import type { PromotionCounts } from './promoter.js'

/** What the supervising process is doing, for metrics and readiness. */
export function workReading(parts: {
	readonly chains: ReadonlyMap<ChainId, ChainCoordinator>
	readonly nodes: ClusterNodes
	readonly feed: L1Feed
	readonly pool: IndexPool
	readonly store: Store
	readonly promotions: PromotionCounts
	readonly execution: ExecutionNodes
	readonly followers: UnsafeRouter['followers']
}): WorkReading {
	const { feed, nodes, pool, promotions, store } = parts
	const { tip } = feed
	return {
		chains: [...parts.chains].map(([chainId, chain]) => chainWork(chainId, chain, parts)),
		nodes: nodes.readings(),
		followers: parts.followers.map(({ url, chainId, state, lag }) => ({
			...{ url, state, lag },
			chain: chainId === undefined ? '' : `${chainId}`,
		})),
		l1: {
			tip: tip && { hash: tip.hash, number: tip.number, timestamp: tip.timestamp },
			isFollowed: feed.isFollowed,
			held: feed.held?.message,
			waiting: feed.waiting,
		},
		indexTasks: pool.tasksInHand,
		writeFault: store.writeFault?.reason,
		writeFailures: store.writeFailures,
		promotions,
	}
}

function chainWork(
	chainId: ChainId,
	chain: ChainCoordinator,
	{ nodes, execution }: { readonly nodes: ClusterNodes; readonly execution: ExecutionNodes },
): ChainWork {
	return {
		chain: `${chainId}`,
		stopped: chain.stopped?.message,
		...chain.queues,
		nodesReady: nodes.ready(chainId).length,
		executionNodesReady: execution.ready(chainId),
	}
}
