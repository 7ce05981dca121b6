import type { Logger } from 'pino'
import { canSharePort } from '../api/can-share-port.js'
import type { RpcServer } from '../api/rpc-server.js'
import type { EarlyRpcWorker } from '../api/thread/early-rpc-worker.js'
import type { RpcThreadData } from '../api/thread/rpc-messages.js'
import { RpcThreads } from '../api/thread/rpc-threads.js'
import { OptionError } from '../config/option-error.js'
import type { Options } from '../config/options.js'
import type { Metrics } from '../observability/metrics/metrics.js'
import { readinessOf } from '../observability/readiness-answer.js'
import { countRpc, threadFigures } from '../supervisor/count-events.js'
import type { Supervisor } from '../supervisor/supervisor.js'
import { vigilVersion } from './version.js'

/** @throws OptionError if a port cannot be served from so many threads, with this Node or these settings */
export function checkRpcThreads(
	{ rpcThreads, snapshotServe }: Pick<Options, 'rpcThreads' | 'snapshotServe'>,
	nodeVersion = process.versions.node,
): void {
	if (rpcThreads === 1) return
	const setting = '--rpc.threads (or VIGIL_RPC_THREADS)'
	if (snapshotServe)
		throw new OptionError([{ setting, problem: 'more than 1 cannot be used together with --snapshot.serve' }])
	if (canSharePort(nodeVersion)) return
	throw new OptionError([
		{
			setting,
			problem: `more than 1 needs Node 22.12 or later, this is ${nodeVersion}; vigil api processes serve more callers with any`,
		},
	])
}

export type RpcSettings = Omit<RpcThreadData, 'version' | 'figures'>

interface Counting {
	readonly log: Logger
	readonly metrics?: Metrics
}

/** Threads that will serve the API of a supervisor; while it starts they load their code. */
export function newRpcThreads({ log, metrics }: Counting, threads = 1, early?: EarlyRpcWorker): RpcThreads {
	const parts = Array.from({ length: threads }, (_, index) =>
		metrics === undefined
			? {}
			: { figures: threadFigures(metrics, `rpc-${index}`), count: countRpc(metrics) },
	)
	return new RpcThreads({ log }, parts, early)
}

/** Serves the API of a supervisor from threads of their own. @throws RpcStartError, and no thread is left */
export async function startRpcThreads(
	data: RpcSettings,
	modules: Counting & { readonly supervisor: Supervisor },
	threads = 1,
): Promise<RpcServer> {
	const { log, supervisor } = modules
	const version = vigilVersion()
	const rpc = newRpcThreads(modules, threads)
	try {
		const readiness = readinessOf(supervisor)
		return await rpc.serve({ ...data, version }, { ...supervisor.api, log, version, readiness })
	} catch (error) {
		await rpc.close()
		throw error
	}
}
