import { Worker } from 'node:worker_threads'
import type { Logger } from 'pino'
import { ThreadDeaths } from '../indexing/thread-deaths.js'
import { workerFile } from '../package-root.js'
import type { SafetyReport } from './promoter.js'
import type { SafetyRequest, SafetyWorkerData } from './safety-messages.js'

/** The cross-safety worker thread, started again when it dies. What it knew is in the store. */
export class SafetyThread {
	readonly #data: SafetyWorkerData
	readonly #hasNews = new Int32Array(new SharedArrayBuffer(4))
	readonly #log: Logger
	readonly #report: (report: SafetyReport) => void
	#worker: Worker
	#exited: Promise<unknown> = Promise.resolve()
	readonly #deaths = new ThreadDeaths()
	#restart: NodeJS.Timeout | undefined
	#closing = false

	constructor(
		data: Omit<SafetyWorkerData, 'hasNews'>,
		modules: { readonly log: Logger; readonly report: (report: SafetyReport) => void },
	) {
		this.#data = { ...data, hasNews: this.#hasNews.buffer }
		this.#log = modules.log
		this.#report = modules.report
		this.#worker = this.#start()
	}

	/** Something was committed that may allow promotions. A thread that is told already is not told again. */
	news(): void {
		if (Atomics.exchange(this.#hasNews, 0, 1) === 0) this.#send('news')
	}

	/** Ends the round in hand, closes the thread's store, and ends the thread. */
	async close(): Promise<void> {
		this.#closing = true
		clearTimeout(this.#restart)
		this.#send('close')
		await this.#exited
	}

	#send(request: SafetyRequest): void {
		this.#worker.postMessage(request)
	}

	#start(): Worker {
		Atomics.store(this.#hasNews, 0, 0) // What an earlier thread was told is lost; a new one looks by itself.
		const worker = new Worker(workerFile('cross-safety'), { workerData: this.#data })
		worker.on('message', this.#report)
		worker.on('error', (error) => this.#log.error({ err: error }, 'the cross-safety thread failed'))
		this.#exited = new Promise((resolve) => {
			worker.on('exit', (code) => {
				resolve(code)
				if (!this.#closing) this.#died(code)
			})
		})
		return worker
	}

	#died(code: number): void {
		const { deaths, level, waitMs } = this.#deaths.count()
		this.#log[level]({ code, deaths }, 'the cross-safety thread ended, it is started again')
		this.#restart = setTimeout(() => {
			this.#worker = this.#start()
		}, waitMs)
	}
}
