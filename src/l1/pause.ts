/** Longest pause between attempts while L1 is down: about a slot, so that little is missed once it is back. */
export const MAX_BACKOFF_MS = 15_000

/** Resolves after `ms`, when `signal` aborts, or when the `wake` that `onWait` receives is called. */
export function pause(ms: number, signal: AbortSignal, onWait?: (wake: () => void) => void): Promise<void> {
	if (signal.aborted) return Promise.resolve()
	return new Promise((resolve) => {
		const done = () => {
			clearTimeout(timer)
			signal.removeEventListener('abort', done)
			resolve()
		}
		const timer = setTimeout(done, ms)
		signal.addEventListener('abort', done)
		onWait?.(done)
	})
}

/** Doubles from the usual pause, with jitter so that many Vigils do not come back to one endpoint at once. */
export function backoff(usualMs: number, failures: number): number {
	return Math.min(usualMs * 2 ** Math.min(failures - 1, 16), MAX_BACKOFF_MS) * (0.75 + Math.random() / 2)
}
