import { Backoff } from './backoff.js'
import {
	NodeDisconnectedError,
	type NodeError,
	NodeEventsUnsupportedError,
	NodeOverloadedError,
	NodeRpcError,
} from './errors.js'
import type { EventSink, EventSource } from './event-source.js'
import type { NodeClient } from './node-client.js'

const METHOD = 'interop_pullEvent'

/** "Out of events" (protocol notes, "Events"). */
const OUT_OF_EVENTS = -39001
const METHOD_NOT_FOUND = -32601

/** How long to wait for new events (protocol notes, "Events"). */
const PULL_INTERVAL_MS = 100

/**
 * How soon to ask after a call that has the node derive, twice as long each time up to the interval: a node takes a
 * step in some milliseconds, and while it catches up a wait for each L1 block would be most of the time.
 */
const EXPECTING_MS = 2

/** op-node keeps this many events for whoever comes. */
const MAX_QUEUED = 100

/** A node that answers with errors is asked again with these delays, and is down after so many in a row. */
const MIN_RETRY_MS = 100
const MAX_RETRY_MS = 2_000
const MAX_FAILURES = 6

/** Asks a node for its events one by one. The first pull ends whatever subscription the node has. */
export class EventPull implements EventSource {
	readonly #stop = new AbortController()
	readonly #backoff = new Backoff({ minDelayMs: MIN_RETRY_MS, maxDelayMs: MAX_RETRY_MS })
	#failures = 0
	#isPaused = false
	#intervalMs = PULL_INTERVAL_MS
	#wake: () => void = () => undefined

	constructor(
		private readonly modules: { readonly client: NodeClient },
		private readonly sink: EventSink,
	) {}

	/**
	 * Throws away what is queued, as a subscription does: it is older than the comparison with the store that follows.
	 */
	async open(): Promise<void> {
		const { client } = this.modules
		try {
			for (let pulled = 0; pulled < MAX_QUEUED; pulled++) await this.#pull()
		} catch (error) {
			if (isOutOfEvents(error)) {
				void this.#run()
				return
			}
			const isUnsupported = error instanceof NodeRpcError && error.code === METHOD_NOT_FOUND
			throw isUnsupported ? new NodeEventsUnsupportedError(client.url, { cause: error }) : error
		}
		void this.#run()
	}

	expect(): void {
		this.#intervalMs = EXPECTING_MS
		if (!this.#isPaused && this.#failures === 0) this.#wake()
	}

	close(): void {
		const { url } = this.modules.client
		this.#stop.abort(new NodeDisconnectedError(url, 'its events are not pulled any more'))
		this.#wake()
	}

	pause(): void {
		this.#isPaused = true
	}

	resume(): void {
		this.#isPaused = false
		this.#wake()
	}

	/** @throws NodeRpcError if there is none, or why not; errors of the connection */
	async #pull(): Promise<unknown> {
		const event = await this.modules.client.call(METHOD, [], { signal: this.#stop.signal })
		this.modules.client.countEvent()
		return event
	}

	async #run(): Promise<void> {
		const { signal } = this.#stop
		while (!signal.aborted) {
			if (this.#isPaused) {
				await this.#rest()
				continue
			}
			let event: unknown
			try {
				event = await this.#pull()
			} catch (error) {
				if (signal.aborted) return
				const waitMs = this.#waitAfter(error)
				if (waitMs === undefined) {
					this.close()
					this.sink.onEnd(error as NodeError)
					return
				}
				await this.#rest(waitMs)
				continue
			}
			if (signal.aborted) return
			this.#succeeded()
			this.sink.onEvent(event)
		}
	}

	/** Waits for so long, or without end, and shorter if it is woken. */
	async #rest(waitMs?: number): Promise<void> {
		let timer: NodeJS.Timeout | undefined
		await new Promise<void>((resolve) => {
			this.#wake = resolve
			if (waitMs !== undefined) timer = setTimeout(resolve, waitMs)
		})
		clearTimeout(timer)
		this.#wake = () => undefined
	}

	/**
	 * How long to wait before the next pull. An answer says that the node has kept its events; when there was none,
	 * nobody knows whether one was lost on the way: undefined.
	 */
	#waitAfter(error: unknown): number | undefined {
		if (isOutOfEvents(error)) {
			this.#succeeded()
			const waitMs = this.#intervalMs
			this.#intervalMs = Math.min(PULL_INTERVAL_MS, 2 * waitMs)
			return waitMs
		}
		// What was not sent has taken no event from the node.
		if (!(error instanceof NodeRpcError || error instanceof NodeOverloadedError)) return undefined
		this.#failures++
		return this.#failures < MAX_FAILURES ? this.#backoff.next() : undefined
	}

	#succeeded(): void {
		this.#failures = 0
		this.#backoff.reset()
	}
}

function isOutOfEvents(error: unknown): boolean {
	return error instanceof NodeRpcError && error.code === OUT_OF_EVENTS
}
