import { Worker } from 'node:worker_threads'
import type { Logger } from 'pino'
import { backoffMs } from '../indexing/backoff.js'
import { workerFile } from '../package-root.js'
import type { SafetyReport } from './promoter.js'
import type { SafetyRequest, SafetyWorkerData } from './safety-messages.js'

/** A thread that lived this long worked: the next failure begins with a short pause again. */
const STABLE_MS = 60_000
/** Deaths in a row after which an operator is told that restarting does not help. */
const LOUD_AFTER = 3

/** The cross-safety worker thread, started again when it dies. What it knew is in the store. */
export class SafetyThread {
	readonly #data: SafetyWorkerData
	readonly #hasNews = new Int32Array(new SharedArrayBuffer(4))
	readonly #log: Logger
	readonly #report: (report: SafetyReport) => void
	#worker: Worker
	#exited: Promise<unknown> = Promise.resolve()
	#startedAt = 0
	#deaths = 0
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
		this.#startedAt = Date.now()
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
		this.#deaths = Date.now() - this.#startedAt > STABLE_MS ? 1 : this.#deaths + 1
		const level = this.#deaths >= LOUD_AFTER ? 'fatal' : 'error'
		this.#log[level]({ code, deaths: this.#deaths }, 'the cross-safety thread ended, it is started again')
		this.#restart = setTimeout(() => {
			this.#worker = this.#start()
		}, backoffMs(this.#deaths))
	}
}
