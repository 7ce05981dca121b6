import type { HistoryMessage, StatusMessage } from '../status-message.js'

/** Messages come once a second. */
const LATE_MS = 3_500
/** A connection that has said nothing for so long is dialled anew. */
const DEAD_MS = 10_000
const FIRST_RETRY_MS = 1_000
const LAST_RETRY_MS = 10_000

export type Liveness = 'connecting' | 'live' | 'late' | 'lost' | 'paused'

export interface StreamModules {
	readonly history: (message: HistoryMessage) => void
	readonly status: (message: StatusMessage) => void
	/** @param silentMs since the last message; undefined if there was none yet */
	readonly liveness: (liveness: Liveness, silentMs: number | undefined) => void
}

/** Listens to the server, and does so again by itself whenever it is lost. */
export class Stream {
	readonly #modules: StreamModules
	#source: EventSource | undefined
	#heard: number | undefined
	#opened = 0
	#failures = 0
	#retry: ReturnType<typeof setTimeout> | undefined
	#isPaused = false

	constructor(modules: StreamModules) {
		this.#modules = modules
		setInterval(() => this.#watch(), 500)
		// A page that nobody sees takes nobody's place.
		document.addEventListener('visibilitychange', () => this.#restart())
		this.#restart()
	}

	get isPaused(): boolean {
		return this.#isPaused
	}

	set isPaused(isPaused: boolean) {
		this.#isPaused = isPaused
		this.#restart()
	}

	#restart(): void {
		this.#close()
		if (!this.#isPaused && !document.hidden) this.#open()
		this.#watch()
	}

	#open(): void {
		this.#opened = performance.now()
		const source = new EventSource('/status')
		this.#source = source
		source.addEventListener('history', ({ data }) => this.#modules.history(JSON.parse(data)))
		source.addEventListener('status', ({ data }) => {
			this.#heard = performance.now()
			this.#failures = 0
			this.#modules.status(JSON.parse(data))
			this.#watch()
		})
		// It would try again by itself, but not after every kind of failure.
		source.addEventListener('error', () => this.#failed())
	}

	#failed(): void {
		this.#close()
		const wait = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failures++)
		this.#retry = setTimeout(() => this.#restart(), wait)
		this.#watch()
	}

	#close(): void {
		clearTimeout(this.#retry)
		this.#source?.close()
		this.#source = undefined
	}

	#watch(): void {
		const now = performance.now()
		const silent = this.#heard === undefined ? undefined : now - this.#heard
		this.#modules.liveness(this.#liveness(silent), silent)
		const since = now - Math.max(this.#heard ?? 0, this.#opened)
		if (this.#source !== undefined && since > DEAD_MS) this.#failed()
	}

	#liveness(silent: number | undefined): Liveness {
		if (this.#isPaused) return 'paused'
		if (this.#source === undefined) return 'lost'
		if (silent === undefined) return 'connecting'
		return silent < LATE_MS ? 'live' : 'late'
	}
}
