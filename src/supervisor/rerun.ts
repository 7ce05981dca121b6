import { backoffMs } from '../indexing/backoff.js'

/** After a failure the task runs again by itself after about a second. */
const RETRY_ATTEMPT = 4

/**
 * Runs a task that looks at a state and acts on it, never twice at a time. A request while it runs makes it run once
 * more, because the state may have changed behind its back.
 */
export class Rerun {
	readonly #task: () => Promise<void>
	readonly #onError: (error: unknown) => void
	#running: Promise<boolean> | undefined
	#isWanted = false
	#closed = false
	#retry: NodeJS.Timeout | undefined

	constructor(task: () => Promise<void>, onError: (error: unknown) => void) {
		this.#task = task
		this.#onError = onError
	}

	/** Resolves when the task has run after this request, with whether it came to its end. */
	request(): Promise<boolean> {
		if (this.#closed) return Promise.resolve(false)
		this.#isWanted = true
		this.#running ??= this.#run()
		return this.#running
	}

	/** Ends after the run in hand. */
	async close(): Promise<void> {
		this.#closed = true
		clearTimeout(this.#retry)
		await this.#running
	}

	async #run(): Promise<boolean> {
		await Promise.resolve() // `#running` is set first.
		try {
			while (this.#isWanted && !this.#closed) {
				this.#isWanted = false
				await this.#task()
			}
			return true
		} catch (error) {
			if (this.#closed) return false // Whatever it needed is being closed, too.
			this.#onError(error)
			this.#retry = setTimeout(() => void this.request(), backoffMs(RETRY_ATTEMPT))
			return false
		} finally {
			this.#running = undefined
		}
	}
}
