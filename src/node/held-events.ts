import type { ManagedEvent } from '../protocol/managed-event.js'

/**
 * A node reports a few events a second, and some hundred in the burst after a reset. As long as no more than these
 * wait, the socket is read, because the answers to calls come through it too.
 */
const HELD_LIMIT = 256

/**
 * Events that the consumer is not ready for, in order. Beyond the limit the socket is not read, so what is held is
 * bounded by the limit and one read of the socket.
 */
export class HeldEvents {
	#events: ManagedEvent[] = []
	#isOpen = false
	#isPaused = false
	#isEmitting = false
	#isReadingPaused = false

	constructor(
		private readonly modules: {
			readonly emit: (event: ManagedEvent) => void
			readonly pauseReading: () => void
			readonly resumeReading: () => void
		},
	) {}

	take(event: ManagedEvent): void {
		this.#events.push(event)
		this.#emit()
		if (this.#events.length >= HELD_LIMIT && !this.#isReadingPaused) {
			this.#isReadingPaused = true
			this.modules.pauseReading()
		}
	}

	/** Emits what came since the last `drop`, and then everything as it comes. */
	open(): void {
		this.#isOpen = true
		this.#emit()
	}

	/** Forgets what is held: the subscription that it came by is lost. */
	drop(): void {
		this.#events = []
		this.#isOpen = false
		this.#readAgain()
	}

	get isPaused(): boolean {
		return this.#isPaused
	}

	pause(): void {
		this.#isPaused = true
	}

	resume(): void {
		this.#isPaused = false
		this.#emit()
	}

	/** The consumer may pause, resume or close while it is given an event. */
	#emit(): void {
		if (this.#isEmitting) return
		this.#isEmitting = true
		try {
			while (this.#isOpen && !this.#isPaused) {
				const event = this.#events.shift()
				if (event === undefined) break
				this.modules.emit(event)
			}
		} finally {
			this.#isEmitting = false
		}
		this.#readAgain()
	}

	#readAgain(): void {
		if (!this.#isReadingPaused || this.#events.length >= HELD_LIMIT) return
		this.#isReadingPaused = false
		this.modules.resumeReading()
	}
}
