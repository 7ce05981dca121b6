import { Worker } from 'node:worker_threads'
import type { Logger } from 'pino'
import { ThreadDeaths } from '../indexing/thread-deaths.js'
import { workerFile } from '../package-root.js'
import { GatewayStartError } from './errors.js'
import type { CountsReport } from './gateway-counts.js'
import type { FromGateway, GatewayWorkerData, ToGateway } from './gateway-messages.js'
import { type FollowedFeed, ViewSource } from './view-source.js'

/** What an operator sets. */
export type GatewaySettings = Pick<
	GatewayWorkerData,
	'addr' | 'port' | 'beaconUrls' | 'trustRpc' | 'cacheBytes' | 'version'
>

export interface GatewayThreadModules {
	readonly log: Logger
	readonly feed: FollowedFeed
	/** Told about once a second what has happened. */
	readonly count?: (counts: CountsReport) => void
}

/**
 * The thread of the L1 gateway, started again when it dies: blocks with hundreds of transactions are proven and written
 * there, and main's event loop has none of it. Main tells it what L1 is.
 */
export class GatewayThread {
	readonly #data: GatewayWorkerData
	readonly #log: Logger
	readonly #source: ViewSource
	readonly #count: ((counts: CountsReport) => void) | undefined
	readonly #deaths = new ThreadDeaths()
	readonly #started: Promise<void>
	#settle: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined
	#worker: Worker
	#exited: Promise<unknown> = Promise.resolve()
	#restart: NodeJS.Timeout | undefined
	#port: number
	#isClosing = false

	constructor(data: GatewayWorkerData, modules: GatewayThreadModules) {
		this.#data = data
		this.#port = data.port
		this.#log = modules.log
		this.#count = modules.count
		this.#started = new Promise((resolve, reject) => {
			this.#settle = { resolve, reject }
		})
		// Whoever waits for it is told.
		this.#started.catch(() => {})
		this.#source = new ViewSource(modules.feed, (change) => this.#tell(change))
		this.#worker = this.#start()
	}

	/**
	 * Resolves when it listens; also when its thread died of something else, which is logged and tried again.
	 * @throws GatewayStartError if it cannot listen where it should
	 */
	get started(): Promise<void> {
		return this.#started
	}

	/** Where it listens. */
	get port(): number {
		return this.#port
	}

	/** Answers what is under way, closes the cache, and ends the thread. */
	async close(): Promise<void> {
		this.#isClosing = true
		clearTimeout(this.#restart)
		this.#source.close()
		this.#tell({ kind: 'close' })
		await this.#exited
	}

	#tell(message: ToGateway): void {
		this.#worker.postMessage(message)
	}

	#start(): Worker {
		// One that is started again takes the port that nodes know.
		const worker = new Worker(workerFile('l1-gateway'), { workerData: { ...this.#data, port: this.#port } })
		this.#worker = worker
		worker.on('message', (message: FromGateway) => this.#onMessage(worker, message))
		worker.on('error', (error) => this.#log.error({ err: error }, 'the thread of the L1 gateway failed'))
		this.#exited = new Promise((resolve) => {
			worker.on('exit', (code) => {
				resolve(code)
				this.#settle?.resolve()
				if (!this.#isClosing) this.#died(code)
			})
		})
		this.#source.tellAll()
		return worker
	}

	#onMessage(worker: Worker, message: FromGateway): void {
		switch (message.kind) {
			case 'listening':
				this.#port = message.port
				this.#settle?.resolve()
				break
			case 'not-listening':
				this.#settle?.reject(new GatewayStartError(message.error))
				break
			case 'counts':
				this.#count?.(message.counts)
				break
			case 'block-at':
				void this.#source.blockAt(message).then((answer) => worker.postMessage(answer))
		}
	}

	#died(code: number): void {
		const { deaths, level, waitMs } = this.#deaths.count()
		this.#log[level]({ code, deaths }, 'the thread of the L1 gateway ended, it is started again')
		this.#restart = setTimeout(() => this.#start(), waitMs)
	}
}
