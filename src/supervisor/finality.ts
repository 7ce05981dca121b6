import type { Logger } from 'pino'
import { type BlockRef, formatBlock } from '../protocol/block.js'

export interface FinalityModules {
	readonly log: Logger
	readonly store: {
		/** Newest stored L1 block at or below a number. */
		l1AtOrBelow(number: number): BlockRef | undefined
		finalizedL1(): BlockRef | undefined
		/** Durable when it resolves. */
		setFinalizedL1(block: BlockRef): Promise<void>
	}
	readonly feed: {
		readonly finalized: BlockRef | undefined
		blockByNumber(number: number, options: { fresh: boolean }): Promise<BlockRef | undefined>
	}
	/** The stored L1 is not the one that is final. */
	readonly onOtherL1: () => void
	readonly onFinal: (l1: BlockRef) => void
}

/**
 * Moves finality along. Final is a stored L1 block that L1 itself has at or below its finalized label: a label far
 * ahead says nothing about stored blocks that may be of a branch which L1 has left.
 */
export class Finality {
	readonly #modules: FinalityModules
	#running: Promise<void> | undefined
	#isWanted = false
	#closed = false

	constructor(modules: FinalityModules) {
		this.#modules = modules
	}

	/** The label or the stored L1 has moved: look. */
	check(): void {
		if (this.#closed) return
		this.#isWanted = true
		this.#running ??= this.#run()
	}

	async close(): Promise<void> {
		this.#closed = true
		await this.#running
	}

	async #run(): Promise<void> {
		await Promise.resolve() // `#running` is set first.
		try {
			while (this.#isWanted && !this.#closed) {
				this.#isWanted = false
				await this.#advance()
			}
		} catch (error) {
			this.#modules.log.error(
				{ err: error },
				'finality does not move; it is tried again with the next L1 block',
			)
		} finally {
			this.#running = undefined
		}
	}

	async #advance(): Promise<void> {
		const { feed, log, onFinal, onOtherL1, store } = this.#modules
		const label = feed.finalized
		const stored = label && store.l1AtOrBelow(label.number)
		if (label === undefined || stored === undefined) return
		if (stored.number <= (store.finalizedL1()?.number ?? -1)) return
		const onL1 =
			stored.number === label.number ? label : await feed.blockByNumber(stored.number, { fresh: true })
		if (onL1?.hash !== stored.hash) {
			log.warn(
				{ stored: formatBlock(stored), final: formatBlock(label) },
				'L1 has another block in a final place',
			)
			onOtherL1()
			return
		}
		await store.setFinalizedL1(stored)
		if (!this.#closed) onFinal(stored)
	}
}
