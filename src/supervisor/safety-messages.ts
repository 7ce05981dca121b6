import type { LogSettings } from '../observability/log.js'
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
	readonly log: LogSettings
	/** Where the thread writes down its figures (ThreadFigures), if anybody wants them. */
	readonly figures?: SharedArrayBuffer
	/** Of the EarlyChannel from the index threads. */
	readonly earlyChannel: string
	/** One int32: 1 while the thread has been told of news that it has not looked at yet. */
	readonly hasNews: SharedArrayBuffer
}

/** What main tells the cross-safety thread. */
export type SafetyRequest = 'news' | 'close'
