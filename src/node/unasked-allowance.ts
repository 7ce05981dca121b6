/**
 * What a node may say in one go. The burst after a reset is some hundred events (a walk over a channel time-out of 50
 * L1 blocks with the L2 blocks derived from each); a node that tells a whole day at once is still listened to.
 */
const BURST = 12_000

/**
 * What a node may say for ever. A node that syncs reports as many blocks as it executes, some hundred a second; in
 * steady state it is a few.
 */
const PER_SECOND = 1_000

/**
 * What a node may say for each new L1 block that it is given: an L1 block may hold the batches of an hour, and a
 * node that derives quickly is not to be slowed down.
 */
const PER_L1_BLOCK = 1_000

export interface UnaskedLimits {
	readonly burst: number
	readonly perSecond: number
	readonly perL1Block: number
}

/**
 * Counts what a node says without having been asked (events, pings, answers to no call), and tells when it is more
 * than any node of the protocol has to say.
 *
 * Time counts only while the socket is read. A consumer that cannot keep up stops the reading, so a flood that it
 * throttles to less than the rate is still seen by that: the socket is never drained, and the burst is used up.
 */
export class UnaskedAllowance {
	readonly #limits: UnaskedLimits
	readonly #now: () => number
	#left: number
	#refilledAt: number
	#isReading = true
	#highestL1 = -1
	#count = 0
	#countedSince: number

	constructor(
		limits: Partial<UnaskedLimits> = {},
		modules: { readonly now: () => number } = { now: () => performance.now() },
	) {
		this.#limits = { burst: BURST, perSecond: PER_SECOND, perL1Block: PER_L1_BLOCK, ...limits }
		this.#now = modules.now
		this.#left = this.#limits.burst
		this.#refilledAt = this.#now()
		this.#countedSince = this.#refilledAt
	}

	/** Counts one message. @returns false if it is one too many */
	take(): boolean {
		this.#refill()
		this.#count++
		this.#left--
		return this.#left >= 0
	}

	/** The node was given an L1 block, so it has something to say. A block given again counts once. */
	provided(l1Number: number): void {
		if (l1Number <= this.#highestL1) return
		this.#highestL1 = l1Number
		this.#left = Math.min(this.#limits.burst, this.#left + this.#limits.perL1Block)
	}

	setReading(isReading: boolean): void {
		this.#refill()
		this.#isReading = isReading
	}

	/** What came since the node was last quiet, in words. */
	get described(): string {
		const seconds = (this.#now() - this.#countedSince) / 1_000
		return `${this.#count} messages that nobody asked for within ${seconds.toFixed(1)} s`
	}

	#refill(): void {
		const now = this.#now()
		if (this.#isReading) this.#left += ((now - this.#refilledAt) * this.#limits.perSecond) / 1_000
		this.#refilledAt = now
		if (this.#left < this.#limits.burst) return
		this.#left = this.#limits.burst
		this.#count = 0
		this.#countedSince = now
	}
}
