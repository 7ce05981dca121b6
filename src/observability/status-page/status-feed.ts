import type { ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import type { Metrics } from '../metrics/metrics.js'
import { RateLimitedLog } from '../rate-limited-log.js'
import type { StatusMessage } from './status-message.js'
import { shown, statusOf } from './status-of.js'
import { ThroughputHistory } from './throughput-history.js'

/** What people can follow, and what a page that is open all day may cost. */
const INTERVAL_MS = 1_000
/** Operators and a screen on the wall. */
const MAX_VIEWERS = 32
/** A viewer that has not taken this much yet is passed over, ... */
const MAX_UNREAD_BYTES = 256 * 1_024
/** ... and let go after this many times in a row. */
const MAX_PASSED_OVER = 30

export interface StatusFeedOptions {
	readonly version: string
	readonly intervalMs?: number
	readonly maxViewers?: number
}

export interface StatusFeedModules {
	readonly metrics: Pick<Metrics, 'read' | 'throughput'>
	readonly log: Logger
}

/**
 * Tells viewers how the cluster is, by server-sent events: one reading a second for all of them, and none while nobody
 * looks.
 */
export class StatusFeed {
	readonly #options: StatusFeedOptions
	readonly #metrics: StatusFeedModules['metrics']
	readonly #faults: RateLimitedLog
	readonly #history: ThroughputHistory
	/** How often in a row each was passed over. */
	readonly #viewers = new Map<ServerResponse, number>()
	#timer: NodeJS.Timeout | undefined
	#last: { readonly at: number; readonly text: string } | undefined

	constructor(options: StatusFeedOptions, modules: StatusFeedModules) {
		this.#options = options
		this.#metrics = modules.metrics
		this.#faults = new RateLimitedLog({}, modules)
		this.#history = new ThroughputHistory(modules.metrics.throughput)
	}

	get viewers(): number {
		return this.#viewers.size
	}

	/** Whether there is room for one more. */
	get hasRoom(): boolean {
		return this.#viewers.size < (this.#options.maxViewers ?? MAX_VIEWERS)
	}

	/** The newest message as JSON, up to a second old. Never throws. */
	current(): string {
		const now = performance.now()
		if (this.#last === undefined || now - this.#last.at >= this.#intervalMs)
			this.#last = { at: now, text: JSON.stringify(this.#look()) }
		return this.#last.text
	}

	/** Takes over a response whose head is not written yet, and writes to it until either side ends it. */
	view(response: ServerResponse): void {
		response.writeHead(200, {
			'content-type': 'text/event-stream; charset=utf-8',
			'cache-control': 'no-store',
			'x-content-type-options': 'nosniff',
		})
		response.write(event('history', JSON.stringify(this.#history.history)))
		response.write(event('status', this.current()))
		this.#viewers.set(response, 0)
		response.on('error', () => response.destroy())
		response.once('close', () => {
			this.#viewers.delete(response)
			if (this.#viewers.size > 0) return
			clearInterval(this.#timer)
			this.#timer = undefined
		})
		this.#timer ??= setInterval(() => this.#tell(), this.#intervalMs)
	}

	/** Ends all streams. */
	close(): void {
		this.#history.close()
		clearInterval(this.#timer)
		for (const viewer of this.#viewers.keys()) viewer.end()
	}

	get #intervalMs(): number {
		return this.#options.intervalMs ?? INTERVAL_MS
	}

	#tell(): void {
		this.#last = { at: performance.now(), text: JSON.stringify(this.#look()) }
		const text = event('status', this.#last.text)
		for (const [viewer, passedOver] of this.#viewers) {
			if (viewer.writableLength <= MAX_UNREAD_BYTES) {
				viewer.write(text)
				this.#viewers.set(viewer, 0)
			} else if (passedOver < MAX_PASSED_OVER) this.#viewers.set(viewer, passedOver + 1)
			else viewer.destroy()
		}
	}

	#look(): StatusMessage {
		const rates = this.#history.newest
		const frame = { time: Date.now(), version: this.#options.version, ...(rates && { rates }) }
		try {
			const reading = this.#metrics.read()
			return reading === undefined ? frame : { ...frame, cluster: statusOf(reading) }
		} catch (error) {
			this.#faults.log('error', 'read', { err: error }, 'the status page cannot be told how the cluster is')
			return { ...frame, fault: shown(error instanceof Error ? error.message : String(error)) }
		}
	}
}

function event(name: string, data: string): string {
	return `event: ${name}\ndata: ${data}\n\n`
}
