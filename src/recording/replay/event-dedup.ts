import type { ReplayClock } from './pace.js'

/** op-node drops an event whose block ID equals that of the last one of its kind within this time. */
const WINDOW_MS = {
	exhaustL1: 500,
	/** The derivation moved to an L1 block. */
	origin: 500,
	unsafeBlock: 100,
	/** An L2 block became local-safe, whatever its source. */
	derived: 100,
	replaceBlock: 100,
} as const

/** Drops repeats as op-node does. At the pace `asap` nothing is dropped. */
export class EventDedup {
	readonly #clock: ReplayClock
	readonly #last = new Map<keyof typeof WINDOW_MS, { readonly hash: string; readonly at: number }>()

	constructor(clock: ReplayClock) {
		this.#clock = clock
	}

	repeats(kind: keyof typeof WINDOW_MS, hash: string): boolean {
		const now = performance.now()
		const last = this.#last.get(kind)
		if (last?.hash === hash && now - last.at < this.#clock.scaled(WINDOW_MS[kind], 0)) return true
		this.#last.set(kind, { hash, at: now })
		return false
	}
}
