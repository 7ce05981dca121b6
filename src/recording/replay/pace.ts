/** How fast a recording is released. */
export type ReplayPace =
	/** `newest` announces only the last of the unsafe blocks of one moment, `each` (default) every one. */
	| { readonly kind: 'recorded'; readonly speed: number; readonly announce?: 'newest' | 'each' }
	/** Everything is there from the start; `each` announces every unsafe block, `newest` (default) only the last. */
	| { readonly kind: 'asap'; readonly announce?: 'newest' | 'each' }
	/** Nothing is released but by `advance`; apart from that as `asap`. */
	| { readonly kind: 'steps' }

/** Runs actions at times of the recording. Actions of one moment run in the order in which they were added. */
export class ReplayClock {
	/** Resolves when every action has run; never after `close`. */
	readonly done: Promise<void>
	readonly #pace: ReplayPace
	readonly #actions: { readonly t: number; readonly run: () => void }[] = []
	readonly #timers = new Set<NodeJS.Timeout>()
	readonly #settled: (() => void)[] = []
	#next = 0
	#startedAt = 0
	#stepTo = -Infinity
	#finish: () => void = () => undefined

	constructor(pace: ReplayPace) {
		if (pace.kind === 'recorded' && !(pace.speed > 0))
			throw new RangeError(`speed must be above 0, is ${pace.speed}`)
		this.#pace = pace
		this.done = new Promise((resolve) => {
			this.#finish = resolve
		})
	}

	/** Adds an action for `t` ms of the recording. Only before `start`. */
	at(t: number, run: () => void): void {
		this.#actions.push({ t, run })
	}

	/** Calls `run` whenever all actions of a moment have run. */
	onSettled(run: () => void): void {
		this.#settled.push(run)
	}

	start(): void {
		this.#actions.sort((a, b) => a.t - b.t)
		this.#startedAt = performance.now()
		this.#release()
	}

	/** With the pace `steps`: releases everything up to `t` ms of the recording. */
	advance(t: number): void {
		this.#stepTo = t
		this.#release()
	}

	/** A time of the recorded node, in ms of this replay. */
	scaled(recordedMs: number, asapMs: number): number {
		return this.#pace.kind === 'recorded' ? recordedMs / this.#pace.speed : asapMs
	}

	/** Runs `run` after a delay of `scaled`; the returned function cancels it. */
	after(recordedMs: number, asapMs: number, run: () => void): () => void {
		const timer = setTimeout(
			() => {
				this.#timers.delete(timer)
				run()
			},
			this.scaled(recordedMs, asapMs),
		)
		this.#timers.add(timer)
		return () => {
			clearTimeout(timer)
			this.#timers.delete(timer)
		}
	}

	close(): void {
		for (const timer of this.#timers) clearTimeout(timer)
		this.#timers.clear()
		this.#next = this.#actions.length
	}

	#now(): number {
		switch (this.#pace.kind) {
			case 'recorded':
				return (performance.now() - this.#startedAt) * this.#pace.speed
			case 'asap':
				return Infinity
			case 'steps':
				return this.#stepTo
		}
	}

	#release(): void {
		const now = this.#now()
		const from = this.#next
		for (let action = this.#actions[this.#next]; action !== undefined && action.t <= now; ) {
			this.#next++
			action.run()
			action = this.#actions[this.#next]
		}
		if (this.#next > from) for (const run of this.#settled) run()
		const next = this.#actions[this.#next]
		if (next === undefined) this.#finish()
		else if (this.#pace.kind === 'recorded') this.after(next.t - now, 0, () => this.#release())
	}
}
