import type { IndexWorkerData } from '../indexing/index-task.js'
import type { SafetyWorkerData } from './safety-messages.js'
import type { SupervisorOptions } from './supervisor-options.js'

/** What every index worker is started with. */
export function indexWorkerData(options: SupervisorOptions, earlyChannel: string): IndexWorkerData {
	const { directory, nodes, verifyBlooms, workerLog } = options
	const jwtSecrets = new Map(nodes.map(({ url, jwtSecret }) => [url, jwtSecret]))
	return { directory, jwtSecrets, verifyBlooms, earlyChannel, log: workerLog }
}

/** What the cross-safety thread is started with, apart from what its owner adds. */
export function safetyWorkerData(
	options: SupervisorOptions,
	earlyChannel: string,
): Omit<SafetyWorkerData, 'hasNews'> {
	const { cluster, directory, workerLog } = options
	return {
		directory,
		chains: [...cluster.rollups.values()].map(({ chainId, blockTime, interopTime }) => ({
			chainId,
			blockTime,
			interopTime,
		})),
		messageExpiryWindow: cluster.messageExpiryWindow,
		earlyChannel,
		log: workerLog,
	}
}
