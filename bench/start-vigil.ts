import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RpcServer } from '../src/api/rpc-server.js'
import { startRpcThreads } from '../src/commands/start-rpc-threads.js'
import { createLogger } from '../src/observability/log.js'
import { Supervisor } from '../src/supervisor/supervisor.js'
import type { LoadedCluster, ServedReplay } from './fake-cluster-messages.js'

/** Seldom enough that polls, of 2 ms of CPU each, hardly count as indexing. */
const L1_POLL_MS = 250

export interface BenchedVigil {
	readonly supervisor: Supervisor
	readonly directory: string
	/** Serves its API as `vigil start` does, from a thread of its own, or from several. */
	serve(threads?: number): Promise<RpcServer>
	/** Closes it and removes the data directory. */
	end(): Promise<void>
}

/** Starts a real supervisor in this process, on a new data directory. */
export async function startVigil(
	loaded: LoadedCluster,
	served: ServedReplay,
	options: { readonly threads: number; readonly executionNodes?: readonly string[] },
): Promise<BenchedVigil> {
	const workerLog = { level: 'error', format: 'json', to: 'stderr' } as const
	const log = createLogger(workerLog)
	const directory = await mkdtemp(join(tmpdir(), 'vigil-bench-'))
	const supervisor = await Supervisor.start(
		{
			cluster: loaded.cluster,
			l1Urls: [served.l1Url],
			nodes: served.nodeUrls.map((url) => ({ url, jwtSecret: served.jwtSecret })),
			directory,
			confirmationDepth: loaded.confirmationDepth,
			indexThreads: options.threads,
			...(options.executionNodes === undefined ? {} : { executionNodes: options.executionNodes }),
			verifyBlooms: false,
			workerLog,
			l1PollIntervalMs: L1_POLL_MS,
		},
		{ log },
	)
	return {
		supervisor,
		directory,
		serve: (threads) =>
			startRpcThreads(
				{ server: { addr: '127.0.0.1', port: 0 }, cluster: loaded.cluster, directory, log: workerLog },
				{ log, supervisor },
				threads,
			),
		end: async () => {
			await supervisor.close()
			await rm(directory, { recursive: true, force: true })
		},
	}
}
