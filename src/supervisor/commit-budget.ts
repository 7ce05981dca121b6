/**
 * At the tip a cluster has news some ten times a second, and each is acted on at once. In bulk there is news with
 * every commit, hundreds a second. Each costs a transaction, and what waits for it a turn, so they are taken together.
 */
const COMMITS_PER_SECOND = 50
/** Commits that may begin at once after a pause: several chains seal and derive within one block time. */
const BURST = 10

/** Says when the next commit may begin: a bucket of tokens. */
export class CommitBudget {
	readonly #now: () => number
	#tokens = BURST
	#countedAt: number

	constructor(now: () => number = () => performance.now()) {
		this.#now = now
		this.#countedAt = now()
	}

	/** Takes a commit, or tells in how many milliseconds there is one to take. */
	take(): number {
		const now = this.#now()
		this.#tokens = Math.min(BURST, this.#tokens + ((now - this.#countedAt) * COMMITS_PER_SECOND) / 1000)
		this.#countedAt = now
		if (this.#tokens < 1) return ((1 - this.#tokens) * 1000) / COMMITS_PER_SECOND
		this.#tokens--
		return 0
	}
}
