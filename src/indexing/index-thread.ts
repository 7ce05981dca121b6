import type { Logger } from 'pino'
import { Piscina } from 'piscina'
import type { IndexRequest, IndexResult, IndexWorkerData } from './index-task.js'
import { ThreadDeaths } from './thread-deaths.js'

/**
 * Tasks are bounded per lane by the scheduler (chain-indexer.ts); the pool must never queue a task of its own,
 * because a cancel or close behind a full queue would wait for what it is to stop.
 */
const TASKS_PER_WORKER = 4096

export interface IndexThreadOptions {
	readonly file: URL
	/** For messages. */
	readonly index: number
	readonly workerData: IndexWorkerData
}

type Pool = Piscina<IndexRequest, IndexResult | undefined>

/**
 * One index worker thread. When it dies its tasks are rejected, to be repeated by whoever gave them, and another
 * thread is started after a while; piscina itself gives up on a thread that dies while it starts.
 */
export class IndexThread {
	readonly #options: IndexThreadOptions
	readonly #log: Logger
	readonly #deaths = new ThreadDeaths()
	#pool: Pool | undefined
	/** Index tasks in hand. */
	tasks = 0
	/** Resolves when a dead thread is replaced. */
	#replaced: Promise<void> = Promise.resolve()
	#endWait: (() => void) | undefined
	#isClosing = false
	/** What a task was told last instead of an answer. */
	#taskError: unknown

	constructor(options: IndexThreadOptions, modules: { readonly log: Logger }) {
		this.#options = options
		this.#log = modules.log
		this.#pool = this.#start()
	}

	/** Runs a request. While there is no thread an index task waits for one, and there is nothing to cancel or close. */
	async run(request: IndexRequest): Promise<IndexResult | undefined> {
		const isTask = request.kind === 'index'
		if (isTask) await this.#replaced
		if (isTask) this.tasks++
		try {
			return await this.#pool?.run(request)
		} catch (error) {
			// If the thread dies now, it is of this.
			this.#taskError = error
			throw error
		} finally {
			if (isTask) this.tasks--
		}
	}

	/** Ends all tasks, closes the worker's connections and log environments, and stops the thread. */
	async close(): Promise<void> {
		this.#isClosing = true
		this.#endWait?.()
		const pool = this.#pool
		if (pool === undefined) return
		try {
			await pool.run({ kind: 'close' })
			await pool.close()
		} catch (error) {
			// It died before it had closed: there is nothing left to close.
			this.#log.warn({ err: error, thread: this.#options.index }, 'an index worker died while it was closed')
			await pool.destroy()
		}
	}

	#start(): Pool {
		const { file, workerData } = this.#options
		this.#taskError = undefined
		const pool: Pool = new Piscina({
			filename: file.href,
			minThreads: 1,
			maxThreads: 1,
			concurrentTasksPerWorker: TASKS_PER_WORKER,
			// A worker that sleeps in Atomics.wait would not answer pings on its sockets.
			atomics: 'disabled',
			workerData,
		})
		let reason: unknown
		pool.on('error', (error) => {
			reason = error
		})
		pool.on('workerDestroy', () => {
			// The error of a thread without tasks is told after this event.
			if (!this.#isClosing && this.#pool === pool)
				setImmediate(() => this.#died(pool, reason ?? this.#taskError))
		})
		return pool
	}

	#died(pool: Pool, reason: unknown): void {
		if (this.#isClosing || this.#pool !== pool) return
		this.#pool = undefined
		const { deaths, level, waitMs } = this.#deaths.count()
		this.#log[level](
			{ thread: this.#options.index, deaths, ...(reason === undefined ? {} : { err: reason }) },
			'an index worker died, it is started again and its tasks are repeated',
		)
		this.#replaced = this.#replace(pool, waitMs)
	}

	async #replace(dead: Pool, waitMs: number): Promise<void> {
		await dead.destroy()
		await new Promise<void>((resolve) => {
			const timer = setTimeout(resolve, waitMs)
			this.#endWait = () => {
				clearTimeout(timer)
				resolve()
			}
		})
		if (!this.#isClosing) this.#pool = this.#start()
	}
}
