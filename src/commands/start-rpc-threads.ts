import type { Logger } from 'pino'
import { canSharePort } from '../api/http-server.js'
import type { RpcServer } from '../api/rpc-server.js'
import type { RpcWorkerData } from '../api/thread/rpc-messages.js'
import { type RpcThreadPart, startRpcThreads as startThreads } from '../api/thread/rpc-threads.js'
import { OptionError } from '../config/option-error.js'
import type { Metrics } from '../observability/metrics/metrics.js'
import { type ReadinessAnswer, readinessOf } from '../observability/readiness-answer.js'
import { countRpc, threadFigures } from '../supervisor/count-events.js'
import type { Supervisor } from '../supervisor/supervisor.js'
import { vigilVersion } from './version.js'

/** @throws OptionError if this Node cannot serve a port from so many threads */
export function checkRpcThreads(threads: number, nodeVersion = process.versions.node): void {
	if (threads === 1 || canSharePort(nodeVersion)) return
	throw new OptionError([
		{
			setting: '--rpc.threads (or VIGIL_RPC_THREADS)',
			problem: `more than 1 needs Node 22.12 or later, this is ${nodeVersion}; vigil api processes serve more callers with any`,
		},
	])
}

/** Serves the API of a supervisor from threads of their own. @throws RpcStartError */
export function startRpcThreads(
	data: Omit<RpcWorkerData, 'version' | 'figures'>,
	modules: {
		readonly log: Logger
		readonly supervisor: Supervisor
		readonly readiness?: () => ReadinessAnswer
		readonly metrics?: Metrics
	},
	threads = 1,
): Promise<RpcServer> {
	const { log, metrics, supervisor } = modules
	const version = vigilVersion()
	const readiness = modules.readiness ?? readinessOf(supervisor)
	return startThreads(
		{ ...data, version },
		{ ...supervisor.api, log, version, readiness },
		Array.from({ length: threads }, (_, index) => (metrics === undefined ? {} : counted(metrics, index))),
	)
}

function counted(metrics: Metrics, index: number): RpcThreadPart {
	return {
		figures: threadFigures(metrics, `rpc-${index}`),
		count: countRpc(metrics),
	}
}
