import type { Logger } from 'pino'
import { type BlockRef, formatBlock } from '../protocol/block.js'
import { Rerun } from './rerun.js'

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
	readonly #rerun: Rerun

	constructor(modules: FinalityModules) {
		this.#modules = modules
		this.#rerun = new Rerun(
			() => this.#advance(),
			(error) => modules.log.error({ err: error }, 'finality does not move; it is tried again'),
		)
	}

	/** The label or the stored L1 has moved: look. */
	check(): void {
		void this.#rerun.request()
	}

	close(): Promise<void> {
		return this.#rerun.close()
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
		onFinal(stored)
	}
}
