import { list, switchKind, text, wholeNumber } from './option-kinds.js'
import { defaulted, optional, own, shared, sharedBare } from './option-row.js'

/** The servers that Vigil runs, and their limits. */
export const SERVER_OPTIONS = {
	rpcAddr: defaulted({
		group: 'RPC server',
		...sharedBare('rpc.addr'),
		kind: text('address'),
		default: '0.0.0.0',
		help: 'address that the RPC server listens on',
	}),
	rpcPort: defaulted({
		group: 'RPC server',
		...sharedBare('rpc.port'),
		kind: wholeNumber('port', { min: 0, max: 65535 }),
		default: 8545,
		help: 'port of the RPC server; 0 takes a free one, which the log names',
	}),
	rpcThreads: defaulted({
		group: 'RPC server',
		...own('rpc.threads'),
		kind: wholeNumber('threads', { min: 1, max: 64 }),
		default: 1,
		help: 'threads that serve the port, each with the limits below; more than 1 needs Node 22.12 on Linux',
	}),
	rpcEnableAdmin: defaulted({
		group: 'RPC server',
		...sharedBare('rpc.enable-admin'),
		kind: switchKind,
		default: false,
		help: 'serve the admin_ methods',
	}),
	rpcAdminSecret: optional({
		group: 'RPC server',
		...own('rpc.admin-secret'),
		kind: text('path'),
		help: 'file with a JWT secret that callers of admin_ methods must prove to have; needs --rpc.enable-admin',
	}),
	rpcCorsOrigins: defaulted({
		group: 'RPC server',
		...own('rpc.cors-origins'),
		kind: list('origin'),
		default: [],
		defaultText: 'none',
		help: 'web pages of these origins may call the RPC server; * means all',
	}),
	rpcVhosts: optional({
		group: 'RPC server',
		...own('rpc.vhosts'),
		kind: list('host'),
		help: 'names in the Host header that are answered, beside IP addresses; * means all. Without it all names, but from web pages only localhost',
	}),
	rpcMaxBodyBytes: defaulted({
		group: 'RPC server',
		...own('rpc.max-body-bytes'),
		kind: wholeNumber('bytes', { min: 1024, max: 1024 * 1024 * 1024 }),
		default: 5 * 1024 * 1024,
		help: 'a larger request is refused',
	}),
	rpcMaxBatchSize: defaulted({
		group: 'RPC server',
		...own('rpc.max-batch-size'),
		kind: wholeNumber('requests', { min: 1, max: 1_000_000 }),
		default: 1_000,
		help: 'a batch of more requests is refused',
	}),
	rpcMaxConnections: defaulted({
		group: 'RPC server',
		...own('rpc.max-connections'),
		kind: wholeNumber('connections', { min: 1, max: 1_000_000 }),
		default: 4_096,
		help: 'connections at a time; more are closed at once',
	}),
	metricsEnabled: defaulted({
		group: 'Metrics',
		...shared('metrics.enabled', 'KONA_METRICS_ENABLED'),
		kind: switchKind,
		default: false,
		help: 'serve metrics',
	}),
	metricsAddr: defaulted({
		group: 'Metrics',
		...shared('metrics.addr', 'KONA_METRICS_ADDR'),
		kind: text('address'),
		default: '0.0.0.0',
		help: 'address that the metrics server listens on',
	}),
	metricsPort: defaulted({
		group: 'Metrics',
		...shared('metrics.port', 'KONA_METRICS_PORT'),
		kind: wholeNumber('port', { min: 0, max: 65535 }),
		default: 7300,
		help: "port of the metrics server (kona-supervisor's default is 9090)",
	}),
} as const
