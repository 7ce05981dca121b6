/**
 * A node that should derive and has said nothing of it for this long after a connect, a reset or an L1 block is given
 * the L1 block after its last known source again: op-node swallows events that repeat an earlier one (protocol
 * notes, "Further rules"). A node that needs no L1 block ignores it; a wrong guess may cost one reset.
 */
const FIRST_MS = 2_000

/** Each silence in a row doubles the wait for the next one, up to this. */
const LONGEST_MS = 60_000

/** Notices that a node says nothing. */
export class Silence {
	readonly #firstMs: number
	readonly #onSilence: () => void
	#watch: { readonly timer: NodeJS.Timeout; readonly ms: number } | undefined
	#inARow = 0

	constructor(options: { readonly firstMs?: number }, modules: { readonly onSilence: () => void }) {
		this.#firstMs = options.firstMs ?? FIRST_MS
		this.#onSilence = modules.onSilence
	}

	/** The wait begins, or begins anew. */
	watch(): void {
		const ms = Math.min(this.#firstMs * 2 ** this.#inARow, LONGEST_MS)
		// A node that catches up says something a thousand times a second.
		if (this.#watch?.ms === ms) {
			this.#watch.timer.refresh()
			return
		}
		this.end()
		const timer = setTimeout(() => {
			this.#watch = undefined
			this.#onSilence()
		}, ms)
		this.#watch = { timer, ms }
	}

	/** Nothing is expected of the node now. */
	end(): void {
		clearTimeout(this.#watch?.timer)
		this.#watch = undefined
	}

	/** The node has said something. */
	broken(): void {
		this.#inARow = 0
	}

	/** Something is done about this silence. @returns how many that are in a row */
	count(): number {
		return ++this.#inARow
	}
}
