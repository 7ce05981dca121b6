import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { type BlockSeal, formatBlock } from '../protocol/block.js'

/**
 * A node that took the call answers with `replaceBlock` within milliseconds. The call is idempotent, so it is
 * repeated this often until the replacement is in: a crash of either side must not leave the other one waiting.
 */
const REPEAT_MS = 2_000

export interface InvalidationNode {
	readonly url: string
	invalidateBlock(block: BlockSeal): Promise<void>
}

/** Has one node replace an invalid block, for as long as that is not done. */
export class InvalidationCall {
	readonly #node: InvalidationNode
	readonly #log: Logger
	readonly #refused: (block: BlockSeal) => void
	#stop: AbortController | undefined
	#block: BlockSeal | undefined

	constructor(
		node: InvalidationNode,
		modules: {
			readonly log: Logger
			/** The node did not take a call. */
			readonly refused?: (block: BlockSeal) => void
		},
	) {
		this.#node = node
		this.#log = modules.log
		this.#refused = modules.refused ?? (() => {})
	}

	/** What the node is to replace. */
	get block(): BlockSeal | undefined {
		return this.#block
	}

	/** Calls now and again until `end`. */
	begin(block: BlockSeal): void {
		if (this.#block?.hash === block.hash) return
		this.end()
		this.#block = block
		this.#stop = new AbortController()
		void this.#run(block, this.#stop.signal)
	}

	end(): void {
		this.#stop?.abort()
		this.#stop = undefined
		this.#block = undefined
	}

	async #run(block: BlockSeal, signal: AbortSignal): Promise<void> {
		while (!signal.aborted) {
			try {
				await this.#node.invalidateBlock(block)
				this.#log.info(
					{ node: this.#node.url, block: formatBlock(block) },
					'the node was told to replace a block',
				)
			} catch (error) {
				if (signal.aborted) return
				// It may not have the block yet; it is told again.
				this.#log.warn(
					{ node: this.#node.url, block: formatBlock(block), err: error },
					'the node did not invalidate a block',
				)
				this.#refused(block)
			}
			await sleep(REPEAT_MS, undefined, { signal }).catch(() => {}) // Ended: seen by the loop.
		}
	}
}
