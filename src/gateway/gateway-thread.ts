import type { Logger } from 'pino'
import { LastingThread } from '../indexing/lasting-thread.js'
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
	readonly #thread: LastingThread<ToGateway, FromGateway>
	readonly #source: ViewSource
	readonly #count: ((counts: CountsReport) => void) | undefined
	readonly #started: Promise<void>
	#settle: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined
	#port: number

	constructor(data: GatewayWorkerData, modules: GatewayThreadModules) {
		this.#port = data.port
		this.#count = modules.count
		this.#started = new Promise((resolve, reject) => {
			this.#settle = { resolve, reject }
		})
		// Whoever waits for it is told.
		this.#started.catch(() => {})
		this.#source = new ViewSource(modules.feed, (change) => this.#thread.send(change))
		this.#thread = new LastingThread(
			{
				name: 'the thread of the L1 gateway',
				entry: 'l1-gateway',
				// One that is started again takes the port that nodes know.
				workerData: (): GatewayWorkerData => ({ ...data, port: this.#port }),
			},
			{
				log: modules.log,
				onMessage: (message, reply) => this.#onMessage(message, reply),
				onStart: () => this.#source.tellAll(),
				onExit: () => this.#settle?.resolve(),
			},
		)
		this.#thread.start()
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
	close(): Promise<void> {
		this.#source.close()
		return this.#thread.close({ kind: 'close' })
	}

	#onMessage(message: FromGateway, reply: (answer: ToGateway) => void): void {
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
				void this.#source.blockAt(message).then(reply)
		}
	}
}
