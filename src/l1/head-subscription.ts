import type { BlockRef } from '../protocol/block.js'
import type { L1Source } from './l1-source.js'

/** An endpoint that refuses to push heads is asked again after this many good polls, at most. */
const MAX_POLLS_BETWEEN_ATTEMPTS = 64

/** Keeps a subscription to new heads alive where the L1 source has one, and knows whether it is of use. */
export class HeadSubscription {
	readonly #source: L1Source
	readonly #onHead: (head: BlockRef) => void
	readonly #onEnd: () => void
	#stop: (() => void) | undefined
	#pushed = false
	#pollsUntilAttempt = 0
	#pollsBetweenAttempts = 1

	/** `onEnd` is called when heads stop coming, not after `stop`. */
	constructor(modules: { source: L1Source; onHead: (head: BlockRef) => void; onEnd: () => void }) {
		this.#source = modules.source
		this.#onHead = modules.onHead
		this.#onEnd = modules.onEnd
	}

	/** Subscribes if that is due. To be called after each good poll; never rejects. */
	async ensure(): Promise<void> {
		if (this.#source.subscribe === undefined || this.#stop !== undefined) return
		if (this.#pollsUntilAttempt-- > 0) return
		this.#pollsUntilAttempt = this.#pollsBetweenAttempts
		this.#pollsBetweenAttempts = Math.min(this.#pollsBetweenAttempts * 2, MAX_POLLS_BETWEEN_ATTEMPTS)
		const receive = (head: BlockRef) => {
			this.#pushed = true
			this.#pollsBetweenAttempts = 1
			this.#onHead(head)
		}
		const ended = () => {
			this.#stop = undefined
			this.#pollsUntilAttempt = 0
			this.#onEnd()
		}
		try {
			this.#stop = await this.#source.subscribe(receive, ended)
		} catch {
			// Many endpoints cannot push. Polling is enough, and names what is wrong with L1 if anything is.
		}
	}

	/** Whether heads have come since the last call. */
	takePushed(): boolean {
		const pushed = this.#pushed
		this.#pushed = false
		return pushed && this.#stop !== undefined
	}

	stop(): void {
		this.#stop?.()
	}
}
