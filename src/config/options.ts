import { availableParallelism } from 'node:os'
import { choice, list, type OptionKind, switchKind, text, urlList, wholeNumber } from './option-kinds.js'

/** More than 8 threads do not help: sealing on the main thread is the limit then. */
const MAX_INDEX_THREADS = 8

interface OptionCommon<T> {
	/** Without the leading dashes. */
	readonly flag: string
	/** In order of precedence: Vigil's own name, op-supervisor's, kona-supervisor's. An empty variable counts as unset. */
	readonly env: readonly string[]
	readonly kind: OptionKind<T>
	readonly help: string
}

interface RequiredOption<T> extends OptionCommon<T> {
	readonly required: true
}
interface OptionalOption<T> extends OptionCommon<T> {
	readonly required?: never
	readonly default?: never
}
interface DefaultedOption<T> extends OptionCommon<T> {
	readonly required?: never
	/** A function where the value depends on the machine; `defaultText` then says how. */
	readonly default: NoInfer<T> | (() => NoInfer<T>)
	readonly defaultText?: string
}

/** One row of the table of settings. */
export type OptionRow<T = unknown> = RequiredOption<T> | OptionalOption<T> | DefaultedOption<T>

// These only give each row its type.
const required = <T>(row: OptionCommon<T>): RequiredOption<T> => ({ ...row, required: true })
const optional = <T>(row: OptionCommon<T>): OptionalOption<T> => row
const defaulted = <T>(row: DefaultedOption<T>): DefaultedOption<T> => row

/**
 * Every setting of `vigil start`. Flags, variables, defaults, help and errors all come from this table; the names
 * shared with the existing supervisors are in the protocol notes, "Command line and environment".
 */
export const OPTIONS = {
	l1Rpc: required({
		flag: 'l1-rpc',
		env: ['VIGIL_L1_RPC', 'OP_SUPERVISOR_L1_RPC', 'L1_RPC'],
		kind: urlList(['http', 'https', 'ws', 'wss']),
		help: 'L1 RPC endpoints, the preferred one first',
	}),
	l2ConsensusNodes: required({
		flag: 'l2-consensus.nodes',
		env: ['VIGIL_L2_CONSENSUS_NODES', 'OP_SUPERVISOR_L2_CONSENSUS_NODES', 'L2_CONSENSUS_NODES'],
		kind: urlList(['ws', 'wss']),
		help: 'interop RPC endpoints of the managed nodes, at least one per chain',
	}),
	l2ConsensusJwtSecret: required({
		flag: 'l2-consensus.jwt-secret',
		env: [
			'VIGIL_L2_CONSENSUS_JWT_SECRET',
			'OP_SUPERVISOR_L2_CONSENSUS_JWT_SECRET',
			'L2_CONSENSUS_JWT_SECRET',
		],
		kind: list('path'),
		help: 'files with the JWT secrets of the nodes: one for all, or one per node in the same order',
	}),
	datadir: required({
		flag: 'datadir',
		env: ['VIGIL_DATADIR', 'OP_SUPERVISOR_DATADIR', 'DATADIR'],
		kind: text('path'),
		help: 'directory of the database; made if it is not there',
	}),
	dependencySet: required({
		flag: 'dependency-set',
		env: ['VIGIL_DEPENDENCY_SET', 'OP_SUPERVISOR_DEPENDENCY_SET', 'DEPENDENCY_SET'],
		kind: text('path'),
		help: 'JSON file that names the chains of the cluster',
	}),
	rollupConfigPaths: optional({
		flag: 'rollup-config-paths',
		env: ['VIGIL_ROLLUP_CONFIG_PATHS', 'OP_SUPERVISOR_ROLLUP_CONFIG_PATHS', 'ROLLUP_CONFIG_PATHS'],
		kind: text('glob'),
		help: 'rollup.json files of the nodes, one per chain; quote the pattern. This or --rollup-config-set',
	}),
	rollupConfigSet: optional({
		flag: 'rollup-config-set',
		env: ['VIGIL_ROLLUP_CONFIG_SET', 'OP_SUPERVISOR_ROLLUP_CONFIG_SET', 'ROLLUP_CONFIG_SET'],
		kind: text('path'),
		help: 'JSON file with the rollup configs of all chains. This or --rollup-config-paths',
	}),
	confirmationDepth: defaulted({
		flag: 'confirmation-depth',
		env: ['VIGIL_CONFIRMATION_DEPTH'],
		kind: wholeNumber('blocks', { min: 0, max: 1000 }),
		default: 2,
		help: 'an L1 block is given to the nodes when the L1 tip is this far ahead of it',
	}),
	indexThreads: defaulted({
		flag: 'index.threads',
		env: ['VIGIL_INDEX_THREADS'],
		kind: wholeNumber('threads', { min: 1, max: 64 }),
		default: () => Math.min(Math.max(availableParallelism() - 1, 1), MAX_INDEX_THREADS),
		defaultText: `all cores but one, at least 1, at most ${MAX_INDEX_THREADS}`,
		help: 'worker threads that fetch, decode and store logs',
	}),
	verifyBlooms: defaulted({
		flag: 'verify-blooms',
		env: ['VIGIL_VERIFY_BLOOMS'],
		kind: switchKind,
		default: false,
		help: 'check the bloom filter of every receipt against its logs while indexing (costs CPU)',
	}),
	failsafeOnInvalidation: defaulted({
		flag: 'failsafe-on-invalidation',
		env: [
			'VIGIL_FAILSAFE_ON_INVALIDATION',
			'OP_SUPERVISOR_FAILSAFE_ON_INVALIDATION',
			'FAILSAFE_ON_INVALIDATION',
		],
		kind: switchKind,
		default: true,
		help: 'refuse all access lists after a block was invalid, until an operator turns that off',
	}),
	rpcAddr: defaulted({
		flag: 'rpc.addr',
		env: ['VIGIL_RPC_ADDR', 'OP_SUPERVISOR_RPC_ADDR', 'RPC_ADDR'],
		kind: text('address'),
		default: '0.0.0.0',
		help: 'address that the RPC server listens on',
	}),
	rpcPort: defaulted({
		flag: 'rpc.port',
		env: ['VIGIL_RPC_PORT', 'OP_SUPERVISOR_RPC_PORT', 'RPC_PORT'],
		kind: wholeNumber('port', { min: 0, max: 65535 }),
		default: 8545,
		help: 'port of the RPC server; 0 takes a free one, which the log names',
	}),
	logLevel: defaulted({
		flag: 'log.level',
		env: ['VIGIL_LOG_LEVEL', 'OP_SUPERVISOR_LOG_LEVEL', 'KONA_LOG_LEVEL'],
		kind: choice(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
			crit: 'fatal',
			critical: 'fatal',
			warning: 'warn',
		}),
		default: 'info',
		help: 'the least important level that is logged',
	}),
	logFormat: defaulted({
		flag: 'log.format',
		env: ['VIGIL_LOG_FORMAT', 'OP_SUPERVISOR_LOG_FORMAT'],
		kind: choice(['json', 'pretty'], {
			text: 'pretty',
			terminal: 'pretty',
			logfmt: 'pretty',
			'json-pretty': 'pretty',
			full: 'pretty',
			compact: 'pretty',
		}),
		default: () => (process.stdout.isTTY ? 'pretty' : 'json'),
		defaultText: 'pretty in a terminal, else json',
		help: 'form of the log lines',
	}),
} as const satisfies Record<string, OptionRow>

export type OptionName = keyof typeof OPTIONS

type ValueOf<Row> =
	Row extends RequiredOption<infer T>
		? T
		: Row extends DefaultedOption<infer T>
			? T
			: Row extends OptionalOption<infer T>
				? T | undefined
				: never

/** The settings of one run, by the names of the table. */
export type Options = { readonly [Name in OptionName]: ValueOf<(typeof OPTIONS)[Name]> }

/** How messages name a setting: `--rpc.port (or VIGIL_RPC_PORT)`. */
export function settingName(name: OptionName): string {
	const row = OPTIONS[name]
	return `--${row.flag} (or ${row.env[0]})`
}
