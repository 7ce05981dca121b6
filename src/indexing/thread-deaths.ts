import { backoffMs } from './backoff.js'

const WINDOW_MS = 60_000
/** Deaths within the window after which an operator is told that starting the thread again does not help. */
const LOUD_AFTER = 3

/** Counts how often a thread has died lately: how long to wait for the next one, and how loud to be. */
export class ThreadDeaths {
	#times: number[] = []

	/** It has died now. */
	count(): { readonly deaths: number; readonly level: 'error' | 'fatal'; readonly waitMs: number } {
		const now = performance.now()
		this.#times = [...this.#times.filter((time) => now - time < WINDOW_MS), now]
		const deaths = this.#times.length
		return { deaths, level: deaths >= LOUD_AFTER ? 'fatal' : 'error', waitMs: backoffMs(deaths) }
	}
}
