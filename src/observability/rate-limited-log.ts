import type { Level, Logger } from 'pino'

/** Often enough to see that a fault goes on, seldom enough that a log can be read. */
const DEFAULT_INTERVAL_MS = 10_000

/** Keys come from faults, such as a node's URL with an error code; beyond this many the oldest one is forgotten. */
const MAX_KEYS = 1_000

export interface RateLimitedLogOptions {
	readonly intervalMs?: number
	/** Milliseconds of a clock that never goes back. */
	readonly now?: () => number
}

/**
 * Logs at most one line per key and interval. The next line after that says in `repeated` how many were left out,
 * so that a fault that goes on does not fill the disk and still shows its rate.
 */
export class RateLimitedLog {
	readonly #last = new Map<string, { at: number; suppressed: number }>()
	readonly #intervalMs: number
	readonly #now: () => number

	constructor(
		options: RateLimitedLogOptions,
		private readonly modules: { readonly log: Logger },
	) {
		this.#intervalMs = options.intervalMs ?? DEFAULT_INTERVAL_MS
		this.#now = options.now ?? (() => performance.now())
	}

	/** Logs `message` with `fields` unless `key` was logged less than an interval ago. */
	log(level: Level, key: string, fields: object, message: string): void {
		const last = this.#last.get(key)
		const now = this.#now()
		if (last !== undefined && now - last.at < this.#intervalMs) {
			last.suppressed += 1
			return
		}
		// Deleting first moves the key to the end, so that the first key is always the oldest.
		this.#last.delete(key)
		this.#last.set(key, { at: now, suppressed: 0 })
		const oldest = this.#last.keys().next().value
		if (this.#last.size > MAX_KEYS && oldest !== undefined) this.#last.delete(oldest)
		const repeated = last !== undefined && last.suppressed > 0 ? { repeated: last.suppressed } : {}
		this.modules.log[level]({ ...fields, ...repeated }, message)
	}
}
