import { setMaxListeners } from 'node:events'

/**
 * Many calls with one signal share one listener on it: a listener a call costs a walk over all of them for each,
 * and Node warns of a leak from the eleventh on.
 */
export class AbortListeners {
	readonly #bySignal = new Map<AbortSignal, { listeners: Set<() => void>; onAbort: () => void }>()

	/** Calls `listener` once when `signal` aborts; each call needs a function of its own. */
	add(signal: AbortSignal, listener: () => void): void {
		let entry = this.#bySignal.get(signal)
		if (entry === undefined) {
			const listeners = new Set<() => void>()
			const onAbort = () => {
				this.#bySignal.delete(signal)
				for (const each of [...listeners]) each()
			}
			entry = { listeners, onAbort }
			this.#bySignal.set(signal, entry)
			listenForAbort(signal, onAbort)
		}
		entry.listeners.add(listener)
	}

	remove(signal: AbortSignal, listener: () => void): void {
		const entry = this.#bySignal.get(signal)
		if (entry === undefined) return
		entry.listeners.delete(listener)
		if (entry.listeners.size > 0) return
		this.#bySignal.delete(signal)
		signal.removeEventListener('abort', entry.onAbort)
	}
}

/**
 * One listener a connection is no leak, however many connections end with one signal: Node is told not to warn.
 */
export function listenForAbort(signal: AbortSignal, listener: () => void): void {
	setMaxListeners(0, signal)
	signal.addEventListener('abort', listener, { once: true })
}
