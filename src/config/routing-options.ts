import { switchKind, urlList } from './option-kinds.js'
import { defaulted, own } from './option-row.js'

/** Unsafe blocks for nodes without p2p (docs/unsafe-routing.md). */
export const ROUTING_OPTIONS = {
	unsafeRouting: defaulted({
		group: 'Unsafe blocks',
		...own('unsafe-routing'),
		kind: switchKind,
		default: false,
		help: 'give unsafe blocks to the nodes in --unsafe-routing.nodes that lack them',
	}),
	unsafeRoutingNodes: defaulted({
		group: 'Unsafe blocks',
		...own('unsafe-routing.nodes'),
		kind: urlList(['http', 'https']),
		default: [],
		defaultText: 'none',
		help: 'ordinary RPC endpoints of op-nodes (with --rpc.enable-admin), of all chains in any order: each tells its chain',
	}),
} as const
