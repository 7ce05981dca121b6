/** How long to wait before the next look. */
const INTERVAL_MS = 200

/** What was waited for did not come. */
export class DeadlineError extends Error {
	override readonly name = 'DeadlineError'
	constructor(
		readonly what: string,
		readonly seconds: number,
		readonly last: string,
	) {
		super(`not within ${seconds} s: ${what}; last seen: ${last}`)
	}
}

export interface Look<T> {
	/** Set when the condition holds. */
	readonly found?: T
	/** What there is instead, for the message if the deadline passes. */
	readonly seen?: unknown
}

/**
 * Looks until the condition holds. A look that throws counts as one that did not find it: peers are being started,
 * killed and reset here.
 * @param signal ends the wait early, with its reason
 * @throws DeadlineError saying what the last look saw
 */
export async function until<T>(
	what: string,
	options: { seconds: number; signal: AbortSignal },
	look: () => Promise<Look<T>>,
): Promise<T> {
	const deadline = performance.now() + options.seconds * 1000
	let last = 'nothing'
	for (;;) {
		options.signal.throwIfAborted()
		try {
			const { found, seen } = await look()
			if (found !== undefined) return found
			last = JSON.stringify(seen) ?? 'nothing'
		} catch (error) {
			last = String(error instanceof Error && error.cause instanceof Error ? error.cause : error)
		}
		if (performance.now() > deadline) throw new DeadlineError(what, options.seconds, last)
		await pause(options.signal)
	}
}

function pause(signal: AbortSignal): Promise<void> {
	return new Promise((resolve) => {
		const done = () => {
			clearTimeout(timer)
			signal.removeEventListener('abort', done)
			resolve()
		}
		const timer = setTimeout(done, INTERVAL_MS)
		signal.addEventListener('abort', done, { once: true })
	})
}
