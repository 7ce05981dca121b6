/** After so long without news of an unsafe block the nodes are asked for the next one, and then ever more seldom. */
const FIRST_MS = 2_000
const LONGEST_MS = 60_000

/**
 * Asks for the unsafe head of a chain when nothing was heard of it for a while: a node says each block once, and what
 * it says while it is reset, or twice within 100 ms, is lost (protocol notes, "Further rules").
 */
export class HeadProbe {
	readonly #probe: () => Promise<unknown>
	#timer: NodeJS.Timeout | undefined
	#waitMs = FIRST_MS
	#isClosed = false

	/** @param probe asks the nodes; it may fail, and is called again later */
	constructor(probe: () => Promise<unknown>) {
		this.#probe = probe
		this.#wait()
	}

	/** There is news: the next question is far. */
	heard(): void {
		if (this.#waitMs === FIRST_MS && this.#timer !== undefined) this.#timer.refresh()
		else {
			this.#waitMs = FIRST_MS
			this.#wait()
		}
	}

	close(): void {
		this.#isClosed = true
		clearTimeout(this.#timer)
	}

	#wait(): void {
		clearTimeout(this.#timer)
		if (!this.#isClosed) this.#timer = setTimeout(() => void this.#ask(), this.#waitMs)
	}

	async #ask(): Promise<void> {
		this.#timer = undefined
		this.#waitMs = Math.min(this.#waitMs * 2, LONGEST_MS)
		try {
			await this.#probe()
		} catch {
			// The node is gone or slow; it is asked when it is back.
		}
		if (this.#timer === undefined) this.#wait()
	}
}
