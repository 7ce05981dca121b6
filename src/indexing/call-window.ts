/** Weight of the newest answer in what is learnt of time and size. */
const NEWEST = 1 / 16
/** When the fewest calls take longer, too, the least time is of another way, and forgotten by so much an answer. */
const FORGOTTEN = 1.01
/** Answers that take less than this many times the least time do not wait in the node: it can be asked for more. */
const UNHURRIED = 2
/** Answers that take more than this many times the least time mostly wait: fewer calls bring as much. */
const CROWDED = 4

export interface CallWindowOptions {
	/** Calls in flight to begin with, at least, and at most. */
	readonly calls: { readonly first: number; readonly least: number; readonly most: number }
	readonly maxBytes: number
	/** What an answer is taken to have before the first came. */
	readonly expectedBytes: number
}

/**
 * Admits calls to one node. Their number follows the time that answers take: on a long way more are on it at a time,
 * up to where they begin to wait for each other in the node. And their answers are expected to fit into a budget of
 * bytes: small blocks are fetched many at a time and huge ones few at a time.
 */
export class CallWindow {
	readonly #options: CallWindowOptions
	readonly #waiting: (() => void)[] = []
	#calls: number
	#averageBytes: number
	#leastMs = Number.POSITIVE_INFINITY
	#averageMs = 0
	#inFlight = 0

	constructor(options: CallWindowOptions) {
		this.#options = options
		this.#calls = options.calls.first
		this.#averageBytes = options.expectedBytes
	}

	/** Calls that may be in flight now: at least one, whatever its size. */
	get limit(): number {
		return Math.max(1, Math.min(this.#calls, Math.floor(this.#options.maxBytes / this.#averageBytes)))
	}

	/** Resolves when a call may start; callers are admitted in the order in which they asked. */
	async enter(): Promise<void> {
		if (this.#inFlight < this.limit && this.#waiting.length === 0) {
			this.#inFlight++
			return
		}
		await new Promise<void>((resolve) => this.#waiting.push(resolve))
	}

	/** The call has ended; with an answer of so many bytes after so many milliseconds, or without one. */
	leave(answer?: { readonly bytes: number; readonly ms: number }): void {
		if (answer !== undefined) {
			this.#learnSize(answer.bytes)
			this.#learnTime(answer.ms)
		}
		this.#inFlight--
		while (this.#waiting.length > 0 && this.#inFlight < this.limit) {
			this.#inFlight++
			this.#waiting.shift()?.()
		}
	}

	/** A larger answer counts at once, a smaller one slowly: the budget must hold for the next answer too. */
	#learnSize(bytes: number): void {
		if (bytes > this.#averageBytes) this.#averageBytes = bytes
		else this.#averageBytes += (bytes - this.#averageBytes) * NEWEST
	}

	/** Nothing is learnt of the node while fewer calls are made than may be. */
	#learnTime(ms: number): void {
		this.#leastMs = Math.min(this.#leastMs, ms)
		this.#averageMs += (ms - this.#averageMs) * NEWEST
		if (this.#inFlight < this.#calls) return
		const { least, most } = this.#options.calls
		if (this.#averageMs < UNHURRIED * this.#leastMs) this.#calls = Math.min(most, this.#calls + 1)
		else if (this.#calls === least) this.#leastMs *= FORGOTTEN
		else if (this.#averageMs > CROWDED * this.#leastMs) this.#calls--
	}
}
