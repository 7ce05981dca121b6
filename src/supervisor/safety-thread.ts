import type { Logger } from 'pino'
import { LastingThread } from '../indexing/lasting-thread.js'
import type { SafetyReport } from './promoter.js'
import type { SafetyRequest, SafetyWorkerData } from './safety-messages.js'

/** The cross-safety worker thread, started again when it dies. What it knew is in the store. */
export class SafetyThread {
	readonly #hasNews = new Int32Array(new SharedArrayBuffer(4))
	readonly #thread: LastingThread<SafetyRequest, SafetyReport>

	constructor(
		data: Omit<SafetyWorkerData, 'hasNews'>,
		modules: { readonly log: Logger; readonly report: (report: SafetyReport) => void },
	) {
		this.#thread = new LastingThread(
			{
				name: 'the cross-safety thread',
				entry: 'cross-safety',
				workerData: (): SafetyWorkerData => {
					// What an earlier thread was told is lost; a new one looks by itself.
					Atomics.store(this.#hasNews, 0, 0)
					return { ...data, hasNews: this.#hasNews.buffer }
				},
			},
			{ log: modules.log, onMessage: modules.report },
		)
		this.#thread.start()
	}

	/** Something was committed that may allow promotions. A thread that is told already is not told again. */
	news(): void {
		if (Atomics.exchange(this.#hasNews, 0, 1) === 0) this.#thread.send('news')
	}

	/** Ends the round in hand, closes the thread's store, and ends the thread. */
	close(): Promise<void> {
		return this.#thread.close('close')
	}
}
