/**
 * Delays between attempts: exponential, capped, with full jitter, so that many clients of a node that comes back
 * do not all arrive at once.
 */
export class Backoff {
	#attempt = 0

	constructor(
		private readonly options: { readonly minDelayMs: number; readonly maxDelayMs: number },
		private readonly modules: { readonly random: () => number } = { random: Math.random },
	) {}

	/** The next delay in ms: evenly between 0 and `minDelayMs * 2^attempt`, at most `maxDelayMs`. */
	next(): number {
		const ceiling = Math.min(this.options.maxDelayMs, this.options.minDelayMs * 2 ** this.#attempt)
		if (ceiling < this.options.maxDelayMs) this.#attempt++
		return Math.round(this.modules.random() * ceiling)
	}

	reset(): void {
		this.#attempt = 0
	}
}
