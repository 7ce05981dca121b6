import type { WorkerLog } from '../indexing/index-task.js'
import type { ChainId } from '../protocol/chain-id.js'

/** What the cross-safety thread is started with. */
export interface SafetyWorkerData {
	readonly directory: string
	readonly chains: readonly {
		readonly chainId: ChainId
		readonly blockTime: number
		readonly interopTime: number | null
	}[]
	/** Seconds for which a message can be executed. */
	readonly messageExpiryWindow: bigint
	readonly log: WorkerLog
}

/** What main tells the cross-safety thread. */
export type SafetyRequest = 'news' | 'close'
