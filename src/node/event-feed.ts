import { MalformedValueError } from '../protocol/errors.js'
import type { ManagedEvent } from '../protocol/managed-event.js'
import { parseManagedEvent } from '../protocol/parse-managed-event.js'
import { NodeDisconnectedError, type NodeError, NodeEventsUnsupportedError } from './errors.js'
import { EventPull } from './event-pull.js'
import type { EventSink, EventSource } from './event-source.js'
import { EventSubscription } from './event-subscription.js'
import type { NodeClient } from './node-client.js'

/**
 * A node ends a subscription when somebody else pulls or subscribes. One that ended this soon after it was made will
 * do so again.
 */
const STABLE_SUBSCRIPTION_MS = 10_000

/** With jitter, so that two supervisors whose subscriptions end each other do not go on in step. */
const RESUBSCRIBE_WITHIN_MS = 100

/**
 * How long events are pulled before a subscription is tried again, with jitter and twice as long each time: two
 * supervisors at one node take turns of minutes, and do not take its events from each other in a loop.
 */
const MIN_PULLING_MS = 60_000
const MAX_PULLING_MS = 600_000

export interface EventFeedOptions {
	readonly minPullingMs?: number
	readonly stableSubscriptionMs?: number
}

export interface EventFeedSink {
	readonly onEvent: (event: ManagedEvent) => void
	/** What came is no event, or none of the protocol. */
	readonly onMalformed: (detail: string, cause?: Error) => void
	/** Events may be lost: `open` is to be called again in so many ms, on the same connection. */
	readonly onInterrupted: (reason: NodeError, againMs: number) => void
	/** There is no getting on with this connection. */
	readonly onFailed: (reason: NodeError) => void
}

/**
 * The events of one node, by subscription if the node has them and lets us keep it, else pulled. Made once for all
 * connections, because what was learned of the node outlives them.
 */
export class EventFeed {
	readonly #stableMs: number
	readonly #minPullingMs: number
	#source: EventSource | undefined
	#isPaused = false
	#subscribedAt = Number.NEGATIVE_INFINITY
	/** Subscriptions in a row that ended soon after they were made. */
	#endedSoon = 0
	#pullUntil = Number.NEGATIVE_INFINITY
	#pulledBefore = 0
	#backToSubscription: NodeJS.Timeout | undefined

	constructor(
		options: EventFeedOptions,
		private readonly modules: { readonly client: NodeClient },
		private readonly sink: EventFeedSink,
	) {
		this.#stableMs = options.stableSubscriptionMs ?? STABLE_SUBSCRIPTION_MS
		this.#minPullingMs = options.minPullingMs ?? MIN_PULLING_MS
	}

	/** Whether something delivers, or is about to. */
	get isOpen(): boolean {
		return this.#source !== undefined
	}

	/** How the events come, for logs. */
	get way(): 'subscription' | 'pull' | undefined {
		if (this.#source === undefined) return undefined
		return this.#source instanceof EventPull ? 'pull' : 'subscription'
	}

	/**
	 * Resolves once events that happen from now on will be delivered.
	 * @throws NodeEventsUnsupportedError if the node can neither push nor be asked; errors of the connection
	 */
	async open(): Promise<void> {
		this.close()
		const { client } = this.modules
		const pullMs = this.#pullUntil - performance.now()
		if (!client.hasNotifications || pullMs > 0) {
			await this.#pull()
			if (client.hasNotifications) this.#subscribeIn(pullMs)
			return
		}
		try {
			await this.#subscribe()
		} catch (error) {
			if (!(error instanceof NodeEventsUnsupportedError)) throw error
			// Another version of the node may be there on the next connection.
			await this.#pull()
		}
	}

	/** Delivers nothing more. */
	close(): void {
		clearTimeout(this.#backToSubscription)
		this.#source?.close()
		this.#source = undefined
	}

	/** While paused nothing is pulled, but for what `open` has to know. */
	pause(): void {
		this.#isPaused = true
		this.#source?.pause()
	}

	resume(): void {
		this.#isPaused = false
		this.#source?.resume()
	}

	/** The node was given something, so it will soon have something to say. */
	expect(): void {
		this.#source?.expect()
	}

	async #pull(): Promise<void> {
		await this.#use(new EventPull(this.modules, this.#sinkOf(this.sink.onFailed)))
	}

	async #subscribe(): Promise<void> {
		// The end may come with the answer already.
		this.#subscribedAt = performance.now()
		const sink = this.#sinkOf((reason) => this.#subscriptionEnded(reason))
		await this.#use(new EventSubscription(this.modules, sink))
	}

	#sinkOf(onEnd: (reason: NodeError) => void): EventSink {
		return {
			onEvent: (event) => this.#received(event),
			onMalformed: (detail) => this.sink.onMalformed(detail),
			onEnd,
		}
	}

	#received(value: unknown): void {
		let event: ManagedEvent
		try {
			event = parseManagedEvent(value)
		} catch (error) {
			if (!(error instanceof MalformedValueError)) throw error
			this.sink.onMalformed(`event: ${error.message}`, error)
			return
		}
		this.sink.onEvent(event)
	}

	async #use(source: EventSource): Promise<void> {
		this.#source = source
		if (this.#isPaused) source.pause()
		await source.open()
	}

	#subscriptionEnded(reason: NodeError): void {
		this.#source = undefined
		const lastedMs = performance.now() - this.#subscribedAt
		if (lastedMs >= this.#stableMs) {
			this.#endedSoon = 0
			this.#pulledBefore = 0
		}
		this.#endedSoon++
		if (this.#endedSoon === 1) {
			this.sink.onInterrupted(reason, Math.random() * RESUBSCRIBE_WITHIN_MS)
			return
		}
		const ceilingMs = Math.min(MAX_PULLING_MS, this.#minPullingMs * 2 ** this.#pulledBefore)
		this.#pulledBefore++
		this.#pullUntil = performance.now() + ceilingMs * (0.5 + Math.random() / 2)
		this.sink.onInterrupted(reason, 0)
	}

	#subscribeIn(delayMs: number): void {
		this.#backToSubscription = setTimeout(() => {
			this.close()
			const reason = new NodeDisconnectedError(
				this.modules.client.url,
				'its events were pulled for a while, now they are subscribed to again',
			)
			this.sink.onInterrupted(reason, 0)
		}, delayMs)
	}
}
