/**
 * How long requests may keep the event loop before everything else gets its turn. A check of one message takes some 10
 * us, so this is no limit for anybody but those who ask for very much.
 */
const MS_PER_TURN = 2

/**
 * Shares a thread among the clients of the API. A request runs at once while there is time in the present turn
 * of the event loop; beyond that clients take turns, one piece of work each, so that who asks much waits longest.
 */
export class Turns {
	/** Work that waits, by client; the client whose turn is next comes first. */
	readonly #waiting = new Map<string, (() => void)[]>()
	#usedMs = 0
	#isScheduled = false

	/** Runs `work`, now or later. It should not take much longer than a turn; longer work is to be cut into pieces. */
	run<T>(client: string, work: () => T): T | Promise<T> {
		if (this.#waiting.size === 0 && this.#usedMs < MS_PER_TURN) return this.#timed(work)
		return new Promise<T>((resolve, reject) => {
			const piece = () => {
				try {
					resolve(this.#timed(work))
				} catch (error) {
					reject(error)
				}
			}
			const pieces = this.#waiting.get(client)
			if (pieces === undefined) this.#waiting.set(client, [piece])
			else pieces.push(piece)
			this.#schedule()
		})
	}

	/** Whether the present turn is used up: long work should pause here. */
	get isOver(): boolean {
		return this.#usedMs >= MS_PER_TURN
	}

	#timed<T>(work: () => T): T {
		const from = performance.now()
		try {
			return work()
		} finally {
			this.#usedMs += performance.now() - from
			this.#schedule()
		}
	}

	#schedule(): void {
		if (this.#isScheduled) return
		this.#isScheduled = true
		setImmediate(() => this.#turn())
	}

	#turn(): void {
		this.#isScheduled = false
		this.#usedMs = 0
		while (this.#usedMs < MS_PER_TURN) {
			const [next] = this.#waiting
			if (next === undefined) return
			const [client, pieces] = next
			const piece = pieces.shift()
			this.#waiting.delete(client)
			if (pieces.length > 0) this.#waiting.set(client, pieces)
			piece?.()
		}
		if (this.#waiting.size > 0) this.#schedule()
	}
}
