import type { Logger } from 'pino'
import type { ExecutionNodes } from '../execution/execution-nodes.js'
import type { Metrics } from '../observability/metrics/metrics.js'
import type { ChainId } from '../protocol/chain-id.js'
import type { RoutedChain } from '../routing/follower.js'
import { UnsafeRouter } from '../routing/unsafe-router.js'
import type { Store } from '../storage/index.js'
import type { SupervisorOptions } from './supervisor-options.js'

export interface RouterModules {
	readonly log: Logger
	readonly store: Pick<Store, 'read'>
	readonly execution: ExecutionNodes
	readonly metrics?: Metrics
}

/** Routes unsafe blocks of the log index to nodes that lack them, if there are any. */
export function routerOf(options: SupervisorOptions, modules: RouterModules): UnsafeRouter | undefined {
	const { cluster, unsafeRoutingNodes: nodes = [] } = options
	const { log, store, execution, metrics } = modules
	if (nodes.length === 0) return undefined
	const chains = new Map([...cluster.rollups.keys()].map((id) => [id, routedChain(store, id)]))
	const onPosted = (chainId: ChainId, node: string) =>
		metrics?.routing.posted.inc({ chain: `${chainId}`, node })
	return new UnsafeRouter({ nodes }, { log, chains, execution, onPosted })
}

/** Invalid blocks are not in the log index; a block that L1 contradicts is left out until it is cut from there. */
function routedChain(store: Pick<Store, 'read'>, chainId: ChainId): RoutedChain {
	return {
		head: () => store.read((view) => view.localUnsafe(chainId)),
		hash: (number) =>
			store.read((view) => {
				const hash = view.canonical(chainId, number)?.hash
				const derived = view.localSafe(chainId, number)?.hash
				return derived === undefined || derived === hash ? hash : undefined
			}),
	}
}
