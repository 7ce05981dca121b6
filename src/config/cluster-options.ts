import { availableParallelism } from 'node:os'
import { duration, list, switchKind, text, url, urlList, wholeNumber } from './option-kinds.js'
import { defaulted, optional, own, required, sharedBare } from './option-row.js'

/** More than 8 threads do not help: sealing on the main thread is the limit then. */
const MAX_INDEX_THREADS = 8

/** Main, and what it has done for it, needs a core of its own. */
export function defaultIndexThreads(): number {
	return Math.min(Math.max(availableParallelism() - 1, 1), MAX_INDEX_THREADS)
}

/** What is supervised, where its data is, and how. */
export const CLUSTER_OPTIONS = {
	l1Rpc: required({
		group: 'Cluster',
		...sharedBare('l1-rpc'),
		kind: urlList(['http', 'https', 'ws', 'wss']),
		help: 'L1 RPC endpoints, the preferred one first; the others are asked when it fails',
	}),
	l2ConsensusNodes: required({
		group: 'Cluster',
		...sharedBare('l2-consensus.nodes'),
		kind: urlList(['ws', 'wss', 'http', 'https']),
		help: 'interop RPC endpoints of the managed nodes, at least one per chain; ws:// is faster, http:// is pulled',
	}),
	l2ConsensusJwtSecret: required({
		group: 'Cluster',
		...sharedBare('l2-consensus.jwt-secret'),
		kind: list('path'),
		help: 'files with the JWT secrets of the nodes: one for all, or one per node in the same order',
	}),
	l2ExecutionNodes: defaulted({
		group: 'Cluster',
		...own('l2-execution.nodes'),
		kind: urlList(['http', 'https']),
		default: [],
		defaultText: 'none',
		help: 'RPC endpoints of execution nodes, of all chains in any order: each tells its chain, and of one chain the first that answers is asked. For cluster_call',
	}),
	dependencySet: required({
		group: 'Cluster',
		...sharedBare('dependency-set'),
		kind: text('path'),
		help: 'JSON file that names the chains of the cluster',
	}),
	rollupConfigPaths: optional({
		group: 'Cluster',
		...sharedBare('rollup-config-paths'),
		kind: text('glob'),
		help: 'rollup.json files of the nodes, one per chain; quote the pattern. This or --rollup-config-set',
	}),
	rollupConfigSet: optional({
		group: 'Cluster',
		...sharedBare('rollup-config-set'),
		kind: text('path'),
		help: 'JSON file with the rollup configs of all chains. This or --rollup-config-paths',
	}),
	datadir: required({
		group: 'Data directory',
		...sharedBare('datadir'),
		kind: text('path'),
		help: 'directory of the database; made if it is not there',
	}),
	datadirSyncEndpoint: optional({
		group: 'Data directory',
		...sharedBare('datadir.sync-endpoint'),
		kind: url(['http', 'https']),
		help: 'RPC server of another Vigil that runs with --snapshot.serve: an empty data directory starts from its snapshot',
	}),
	snapshotServe: defaulted({
		group: 'Data directory',
		...own('snapshot.serve'),
		kind: switchKind,
		default: false,
		help: 'serve a snapshot of the data directory at /snapshot/ of the RPC server, made when it is asked for and kept in the data directory',
	}),
	snapshotMaxAge: defaulted({
		group: 'Data directory',
		...own('snapshot.max-age'),
		kind: duration({ min: 1_000, max: 720 * 3_600_000 }),
		default: 6 * 3_600_000,
		defaultText: '6h',
		help: 'an older snapshot is made anew when it is asked for',
	}),
	retention: optional({
		group: 'Data directory',
		...own('retention'),
		kind: duration({ min: 1_000, max: 10 * 365 * 24 * 3_600_000 }),
		help: 'remove blocks (all are kept without it) that are so much older than what is final in all chains; at least the message expiry window and a day more (192h)',
	}),
	confirmationDepth: defaulted({
		group: 'Indexing and safety',
		...own('confirmation-depth'),
		kind: wholeNumber('blocks', { min: 0, max: 1000 }),
		default: 2,
		help: 'an L1 block is given to the nodes when the L1 tip is this far ahead of it',
	}),
	l1PollInterval: defaulted({
		group: 'Indexing and safety',
		...own('l1.poll-interval'),
		kind: duration({ min: 50, max: 600_000 }),
		default: 1_000,
		defaultText: '1s',
		help: 'how often the L1 tip is asked for, where the endpoint does not push it',
	}),
	l1FinalizedPollInterval: defaulted({
		group: 'Indexing and safety',
		...own('l1.finalized-poll-interval'),
		kind: duration({ min: 50, max: 600_000 }),
		default: 6_000,
		defaultText: '6s',
		help: 'how often the finalized L1 block is asked for',
	}),
	l1RequestTimeout: defaulted({
		group: 'Indexing and safety',
		...own('l1.request-timeout'),
		kind: duration({ min: 100, max: 600_000 }),
		default: 5_000,
		defaultText: '5s',
		help: 'an L1 request that takes longer is given up, and the next endpoint asked',
	}),
	nodeSilence: defaulted({
		group: 'Indexing and safety',
		...own('node.silence'),
		kind: duration({ min: 100, max: 600_000 }),
		default: 2_000,
		defaultText: '2s',
		help: 'a node that is silent for this long is given its next L1 block again; doubled each time',
	}),
	indexThreads: defaulted({
		group: 'Indexing and safety',
		...own('index.threads'),
		kind: wholeNumber('threads', { min: 1, max: 64 }),
		default: defaultIndexThreads,
		defaultText: `all cores but one, at least 1, at most ${MAX_INDEX_THREADS}`,
		help: 'worker threads that fetch, decode and store logs',
	}),
	verifyBlooms: defaulted({
		group: 'Indexing and safety',
		...own('verify-blooms'),
		kind: switchKind,
		default: false,
		help: 'check the bloom filter of every receipt against its logs while indexing (costs CPU)',
	}),
	failsafeEnabled: defaulted({
		group: 'Indexing and safety',
		...sharedBare('failsafe-enabled'),
		kind: switchKind,
		default: false,
		help: 'refuse all access lists from the start on. A failsafe that is on stays on over restarts, whatever is set here',
	}),
	failsafeOnInvalidation: defaulted({
		group: 'Indexing and safety',
		...sharedBare('failsafe-on-invalidation'),
		kind: switchKind,
		default: true,
		help: 'refuse all access lists after a block was invalid, until an operator turns that off',
	}),
} as const
