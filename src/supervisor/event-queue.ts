import type { ManagedEvent } from '../protocol/managed-event.js'
import type { Held } from './hold-chains.js'
import type { NodeSession } from './node-session.js'

/**
 * Events that may wait before the nodes' sockets are no longer read. A node queues at most 100 itself; catching up
 * it sends one per L1 block, so a thousand is seconds of work.
 */
const FULL_AT = 1_024
/** Reading goes on well before the queue is empty, so that a busy chain does not stutter. */
const DRAINED_AT = 256

type Entry =
	| { readonly session: NodeSession; event: ManagedEvent }
	| { readonly session?: never; readonly task: () => Promise<void>; readonly dropped?: () => void }

/** The chain is closed: nothing that waits for its turn among its events comes to it any more. */
export class QueueClosedError extends Error {
	override readonly name = 'QueueClosedError'

	constructor() {
		super('the chain is being closed: it is taken up at the next start')
	}
}

export interface EventQueueModules {
	readonly handle: (session: NodeSession, event: ManagedEvent) => Promise<void>
	readonly full: () => void
	readonly drained: () => void
}

/** The events of one chain, handled one after the other in the order in which they came. */
export class EventQueue {
	readonly #modules: EventQueueModules
	#entries: Entry[] = []
	#next = 0
	#running: Promise<void> | undefined
	#isFull = false
	#closed = false

	constructor(modules: EventQueueModules) {
		this.#modules = modules
	}

	get length(): number {
		return this.#entries.length - this.#next
	}

	/** No more events should come until `drained`. */
	get isFull(): boolean {
		return this.#isFull
	}

	push(session: NodeSession, event: ManagedEvent): void {
		if (this.#closed) return
		const newest = this.length > 0 ? this.#entries.at(-1) : undefined
		if (
			newest?.session !== undefined &&
			newest.session === session &&
			isUnsafeBlockOnly(newest.event) &&
			isUnsafeBlockOnly(event)
		) {
			newest.event = event // "Index up to N": the newer N says all.
		} else {
			this.#entries.push({ session, event })
		}
		if (this.length >= FULL_AT && !this.#isFull) {
			this.#isFull = true
			this.#modules.full()
		}
		this.#running ??= this.#run()
	}

	/** Runs `task` after the events that came before it and before those that come after it. A close drops it. */
	exclusive(task: () => Promise<void>): void {
		this.#enqueue({ task })
	}

	/**
	 * Stops between two events, when `before` is done, until it is released.
	 * @throws QueueClosedError if the queue is closed before that. @throws what `before` throws
	 */
	hold(before: () => Promise<void>): Promise<Held> {
		return new Promise((resolve, reject) => {
			this.#enqueue({
				task: async () => {
					try {
						await before()
					} catch (error) {
						reject(error)
						return
					}
					await new Promise<void>((release) => resolve({ release }))
				},
				dropped: () => reject(new QueueClosedError()),
			})
		})
	}

	/** Drops what a node has said: it is gone, and will be asked again. */
	forget(session: NodeSession): void {
		this.#entries = this.#entries.slice(this.#next).filter((entry) => entry.session !== session)
		this.#next = 0
	}

	/** Drops what waits and resolves when the event in hand is done. */
	async close(): Promise<void> {
		this.#closed = true
		const waiting = this.#entries.slice(this.#next)
		this.#entries = []
		this.#next = 0
		for (const entry of waiting) if (entry.session === undefined) entry.dropped?.()
		await this.#running
	}

	#enqueue(entry: Exclude<Entry, { readonly session: NodeSession }>): void {
		if (this.#closed) {
			entry.dropped?.()
			return
		}
		this.#entries.push(entry)
		this.#running ??= this.#run()
	}

	async #run(): Promise<void> {
		await Promise.resolve() // Never inside the socket's callback.
		try {
			while (this.#next < this.#entries.length) {
				const entry = this.#entries[this.#next++]
				if (this.#next > DRAINED_AT) {
					this.#entries = this.#entries.slice(this.#next)
					this.#next = 0
				}
				if (entry?.session !== undefined) await this.#modules.handle(entry.session, entry.event)
				else await entry?.task()
				if (this.#isFull && this.length <= DRAINED_AT) {
					this.#isFull = false
					this.#modules.drained()
				}
			}
			this.#entries = []
			this.#next = 0
		} finally {
			this.#running = undefined
		}
	}
}

function isUnsafeBlockOnly(event: ManagedEvent): boolean {
	return event.unsafeBlock !== undefined && Object.keys(event).length === 1
}
