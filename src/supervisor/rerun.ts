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
	#running: Promise<void> | undefined
	#isWanted = false
	#closed = false
	#retry: NodeJS.Timeout | undefined

	constructor(task: () => Promise<void>, onError: (error: unknown) => void) {
		this.#task = task
		this.#onError = onError
	}

	/** Resolves when the task has run to its end after this request. */
	request(): Promise<void> {
		if (this.#closed) return Promise.resolve()
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

	async #run(): Promise<void> {
		await Promise.resolve() // `#running` is set first.
		try {
			while (this.#isWanted && !this.#closed) {
				this.#isWanted = false
				await this.#task()
			}
		} catch (error) {
			if (this.#closed) return // Whatever it needed is being closed, too.
			this.#onError(error)
			this.#retry = setTimeout(() => void this.request(), backoffMs(RETRY_ATTEMPT))
		} finally {
			this.#running = undefined
		}
	}
}
