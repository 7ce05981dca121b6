import { Worker } from 'node:worker_threads'
import type { Logger } from 'pino'
import { workerFile } from '../package-root.js'
import { ThreadDeaths } from './thread-deaths.js'

export interface LastingThreadOptions {
	/** For the log: `the ... thread`. */
	readonly name: string
	/** Its entry in `workers`. */
	readonly entry: string
	/** What each one is started with. */
	readonly workerData?: () => unknown
}

export interface LastingThreadModules<Request, Message> {
	readonly log: Logger
	/** @param reply to the very thread that has told it */
	readonly onMessage: (message: Message, reply: (answer: Request) => void) => void
	/** There is a new one, to which `send` goes now. */
	readonly onStart?: () => void
	/** It has ended, whether it was told to or not. */
	readonly onExit?: () => void
}

/** A worker thread that is started again when it dies, ever later and louder. What it is told while it is dead is lost. */
export class LastingThread<Request, Message> {
	readonly #options: LastingThreadOptions
	readonly #modules: LastingThreadModules<Request, Message>
	readonly #deaths = new ThreadDeaths()
	#worker: Worker | undefined
	#exited: Promise<unknown> = Promise.resolve()
	#restart: NodeJS.Timeout | undefined
	#isClosing = false

	constructor(options: LastingThreadOptions, modules: LastingThreadModules<Request, Message>) {
		this.#options = options
		this.#modules = modules
	}

	/** @param worker the first one, if it is there already; it has got no worker data */
	start(worker = this.#newWorker()): void {
		const { name } = this.#options
		const { log, onExit, onMessage, onStart } = this.#modules
		this.#worker = worker
		const reply = (answer: Request) => worker.postMessage(answer)
		worker.on('message', (message: Message) => onMessage(message, reply))
		worker.on('error', (error) => log.error({ err: error }, `${name} failed`))
		worker.on('messageerror', (error) => log.error({ err: error }, `a message of ${name} cannot be read`))
		this.#exited = new Promise((resolve) => {
			worker.on('exit', (code) => {
				resolve(code)
				onExit?.()
				if (!this.#isClosing) this.#died(code)
			})
		})
		onStart?.()
	}

	#newWorker(): Worker {
		const { entry, workerData } = this.#options
		return new Worker(workerFile(entry), { workerData: workerData?.() })
	}

	send(request: Request): void {
		this.#worker?.postMessage(request)
	}

	/** @param last makes the thread end by itself */
	async close(last: Request): Promise<void> {
		this.#isClosing = true
		clearTimeout(this.#restart)
		this.send(last)
		await this.#exited
	}

	#died(code: number): void {
		const { deaths, level, waitMs } = this.#deaths.count()
		this.#modules.log[level]({ code, deaths }, `${this.#options.name} ended, it is started again`)
		this.#restart = setTimeout(() => this.start(), waitMs)
	}
}
