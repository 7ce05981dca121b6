import type { Logger } from 'pino'
import { L1ContradictionError } from '../l1/l1-errors.js'
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
	/** The stored L1 is not the one that is final: resolves when it was compared with L1, and cut back if need be. */
	readonly onOtherL1: () => Promise<void>
	/** L1 calls final what contradicts the stored L1, also after that; undefined: it does not any more. */
	readonly onContradiction: (error: L1ContradictionError | undefined) => void
	readonly onFinal: (l1: BlockRef) => void
}

/** An endpoint that balances between nodes of two views contradicts itself for a moment; what is wrong stays wrong. */
const CONFIRMATIONS = 3
const RECHECK_MS = 1_000

/**
 * Moves finality along. Final is a stored L1 block that L1 itself has at or below its finalized label: a label far
 * ahead says nothing about stored blocks that may be of a branch which L1 has left.
 */
export class Finality {
	readonly #modules: FinalityModules
	readonly #rerun: Rerun
	#isContradicted = false
	#contradictions = 0
	#recheck: NodeJS.Timeout | undefined

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
		clearTimeout(this.#recheck)
		return this.#rerun.close()
	}

	async #advance(): Promise<void> {
		const { log, onContradiction, onFinal, onOtherL1, store } = this.#modules
		let next = await this.#next()
		if (next === undefined) return
		if (!next.isFinal) {
			const { stored, onL1 } = next
			log.warn(
				{ stored: formatBlock(stored), final: formatBlock(onL1) },
				'L1 has another block in a final place',
			)
			await onOtherL1()
			next = await this.#next()
			if (next === undefined) return
		}
		if (!next.isFinal) {
			this.#isContradicted = true
			if (++this.#contradictions < CONFIRMATIONS) {
				// Finality stays where it is meanwhile.
				this.#recheck = setTimeout(() => this.check(), RECHECK_MS)
				return
			}
			onContradiction(new L1ContradictionError(next.stored, next.onL1, 'finalized label'))
			return
		}
		this.#isContradicted = false
		this.#contradictions = 0
		onContradiction(undefined)
		if (next.stored.number <= (store.finalizedL1()?.number ?? -1)) return
		await store.setFinalizedL1(next.stored)
		onFinal(next.stored)
	}

	/** The newest stored block at or below the label, and what L1 has there. */
	async #next(): Promise<
		{ readonly stored: BlockRef; readonly onL1: BlockRef; readonly isFinal: boolean } | undefined
	> {
		const { feed, store } = this.#modules
		const label = feed.finalized
		const stored = label && store.l1AtOrBelow(label.number)
		if (label === undefined || stored === undefined) return undefined
		if (!this.#isContradicted && stored.number <= (store.finalizedL1()?.number ?? -1)) return undefined
		const onL1 =
			stored.number === label.number ? label : await feed.blockByNumber(stored.number, { fresh: true })
		// An endpoint that lags says nothing.
		return onL1 && { stored, onL1, isFinal: onL1.hash === stored.hash }
	}
}
