import { byteSize, switchKind, text, urlList, wholeNumber } from './option-kinds.js'
import { defaulted, optional, own } from './option-row.js'

const GIB = 1024 ** 3

/** L1 for the nodes of the cluster, served by Vigil (docs/l1-gateway.md). */
export const GATEWAY_OPTIONS = {
	l1GatewayEnabled: defaulted({
		group: 'L1 gateway',
		...own('l1-gateway.enabled'),
		kind: switchKind,
		default: false,
		help: 'serve L1 to the nodes, which then point --l1 and --l1.beacon here',
	}),
	l1GatewayAddr: defaulted({
		group: 'L1 gateway',
		...own('l1-gateway.addr'),
		kind: text('address'),
		default: '0.0.0.0',
		help: 'address that the L1 gateway listens on',
	}),
	l1GatewayPort: defaulted({
		group: 'L1 gateway',
		...own('l1-gateway.port'),
		kind: wholeNumber('port', { min: 0, max: 65535 }),
		default: 8560,
		help: 'port of the L1 gateway, for JSON-RPC and the beacon API; 0 takes a free one, which the log names',
	}),
	l1GatewayBeacon: optional({
		group: 'L1 gateway',
		...own('l1-gateway.beacon'),
		kind: urlList(['http', 'https']),
		help: 'L1 beacon endpoints, the preferred one first; without it blobs are not served',
	}),
	l1GatewayCacheSize: defaulted({
		group: 'L1 gateway',
		...own('l1-gateway.cache-size'),
		kind: byteSize({ min: 16 * 1024 ** 2, max: 1024 * GIB }),
		default: 4 * GIB,
		defaultText: '4GB',
		help: 'blocks, receipts and blobs that are kept in the data directory; the oldest go first',
	}),
	l1GatewayTrustRpc: defaulted({
		group: 'L1 gateway',
		...own('l1-gateway.trust-rpc'),
		kind: switchKind,
		default: false,
		help: 'do not prove blocks and receipts by their hashes (saves CPU; needed where L1 has transactions of its own types)',
	}),
} as const
