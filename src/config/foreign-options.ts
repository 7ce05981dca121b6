import { switchKind, text } from './option-kinds.js'
import { foreign } from './option-row.js'

const PROFILER = 'Node has its own profiler: run "node --cpu-prof", or set NODE_OPTIONS=--inspect'

/** Settings of other supervisors that mean nothing here, so that deployments that give them keep starting. */
export const FOREIGN_OPTIONS = {
	rpcVerificationWarnings: foreign({
		flag: 'rpc-verification-warnings',
		env: ['OP_SUPERVISOR_RPC_VERIFICATION_WARNINGS'],
		kind: switchKind,
		foreign: 'ignored',
		reason: 'answers need no second check: every block was verified against its header when it was indexed',
	}),
	pprofEnabled: foreign({
		flag: 'pprof.enabled',
		env: ['OP_SUPERVISOR_PPROF_ENABLED'],
		kind: switchKind,
		foreign: 'ignored',
		reason: PROFILER,
	}),
	pprofAddr: foreign({
		flag: 'pprof.addr',
		env: ['OP_SUPERVISOR_PPROF_ADDR'],
		kind: text('address'),
		foreign: 'ignored',
		reason: PROFILER,
	}),
	pprofPort: foreign({
		flag: 'pprof.port',
		env: ['OP_SUPERVISOR_PPROF_PORT'],
		kind: text('port'),
		foreign: 'ignored',
		reason: PROFILER,
	}),
	pprofPath: foreign({
		flag: 'pprof.path',
		env: ['OP_SUPERVISOR_PPROF_PATH'],
		kind: text('path'),
		foreign: 'ignored',
		reason: PROFILER,
	}),
	pprofType: foreign({
		flag: 'pprof.type',
		env: ['OP_SUPERVISOR_PPROF_TYPE'],
		kind: text('type'),
		foreign: 'ignored',
		reason: PROFILER,
	}),
	networks: foreign({
		flag: 'networks',
		spellings: ['--network'],
		env: ['OP_SUPERVISOR_NETWORKS', 'OP_SUPERVISOR_NETWORK'],
		kind: text('name,...'),
		foreign: 'refused',
		reason:
			'no network is built in, because a registry that is older than the network would be wrong: give ' +
			'--dependency-set and --rollup-config-paths with the files of these networks, as their op-nodes use them',
	}),
	mockRun: foreign({
		flag: 'mock-run',
		env: ['OP_SUPERVISOR_MOCK_RUN'],
		kind: switchKind,
		foreign: 'refused',
		hidden: true,
		reason: 'Vigil never serves made-up answers: "vigil replay" serves a recorded cluster to test against',
	}),
} as const
