import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLogger } from '../src/observability/log.js'
import { Supervisor } from '../src/supervisor/supervisor.js'
import type { LoadedCluster, ServedReplay } from './fake-cluster-messages.js'

/** Seldom enough that polls, of 2 ms of CPU each, hardly count as indexing. */
const L1_POLL_MS = 250

export interface BenchedVigil {
	readonly supervisor: Supervisor
	readonly directory: string
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
		{ log: createLogger(workerLog) },
	)
	return {
		supervisor,
		directory,
		end: async () => {
			await supervisor.close()
			await rm(directory, { recursive: true, force: true })
		},
	}
}
