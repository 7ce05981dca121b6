/**
 * Admits calls while their answers are expected to fit into a budget of bytes. The size of an answer is learnt
 * from those before it, so that small blocks are fetched many at a time and huge ones few at a time.
 */
export class ByteWindow {
	readonly #maxCalls: number
	readonly #maxBytes: number
	readonly #waiting: (() => void)[] = []
	#averageBytes: number
	#inFlight = 0

	constructor(options: { maxCalls: number; maxBytes: number; expectedBytes: number }) {
		this.#maxCalls = options.maxCalls
		this.#maxBytes = options.maxBytes
		this.#averageBytes = options.expectedBytes
	}

	/** Calls that may be in flight now: at least one, whatever its size. */
	get limit(): number {
		return Math.max(1, Math.min(this.#maxCalls, Math.floor(this.#maxBytes / this.#averageBytes)))
	}

	/** Resolves when a call may start; callers are admitted in the order in which they asked. */
	async enter(): Promise<void> {
		if (this.#inFlight < this.limit && this.#waiting.length === 0) {
			this.#inFlight++
			return
		}
		await new Promise<void>((resolve) => this.#waiting.push(resolve))
	}

	/** The call has ended; `bytes` is the size of its answer, or undefined when it had none. */
	leave(bytes?: number): void {
		this.#inFlight--
		if (bytes !== undefined) {
			// A larger answer counts at once, a smaller one slowly: the budget must hold for the next answer too.
			this.#averageBytes =
				bytes > this.#averageBytes ? bytes : this.#averageBytes + (bytes - this.#averageBytes) / 16
		}
		while (this.#waiting.length > 0 && this.#inFlight < this.limit) {
			this.#inFlight++
			this.#waiting.shift()?.()
		}
	}
}
