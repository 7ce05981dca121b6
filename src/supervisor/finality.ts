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
	/**
	 * The stored L1 is not the one that is final: has it compared with L1, and cut back if need be. False if L1 did not
	 * answer.
	 */
	readonly onOtherL1: () => Promise<boolean>
	/** L1 calls final what contradicts the stored L1, also after that; undefined: it does not any more. */
	readonly onContradiction: (error: L1ContradictionError | undefined) => void
	readonly onFinal: (l1: BlockRef) => void
}

/** An endpoint that balances between nodes of two views contradicts itself for a moment; what is wrong stays wrong. */
const CONFIRMATIONS = 3
const RECHECK_MS = 1_000

/**
 * A stored block at most so far below the label is followed up to it by parent hashes. While an endpoint turns from one
 * view to another, its label may be of the one and a block below of the other; what is further below is final in both.
 */
const LINKED_BLOCKS = 128

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
			const isCompared = await onOtherL1()
			next = await this.#next()
			if (next === undefined) return
			if (!next.isFinal && !isCompared) {
				this.#lookAgain()
				return
			}
		}
		if (!next.isFinal) {
			this.#isContradicted = true
			if (++this.#contradictions < CONFIRMATIONS) {
				// Finality stays where it is meanwhile.
				this.#lookAgain()
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

	#lookAgain(): void {
		clearTimeout(this.#recheck)
		this.#recheck = setTimeout(() => this.check(), RECHECK_MS)
	}

	/** The newest stored block at or below the label, and what L1 has there. */
	async #next(): Promise<
		{ readonly stored: BlockRef; readonly onL1: BlockRef; readonly isFinal: boolean } | undefined
	> {
		const { feed, log, store } = this.#modules
		const label = feed.finalized
		const stored = label && store.l1AtOrBelow(label.number)
		if (label === undefined || stored === undefined) return undefined
		if (!this.#isContradicted && stored.number <= (store.finalizedL1()?.number ?? -1)) return undefined
		const onL1 =
			stored.number === label.number ? label : await feed.blockByNumber(stored.number, { fresh: true })
		// An endpoint that lags says nothing.
		if (onL1 === undefined) return undefined
		if (onL1.hash !== stored.hash) return { stored, onL1, isFinal: false }
		if (await this.#isBelow(stored, label)) return { stored, onL1, isFinal: true }
		log.warn(
			{ block: formatBlock(stored), final: formatBlock(label) },
			'L1 calls a block final that is not above one that it has as well: it answers from two views',
		)
		this.#lookAgain()
		return undefined
	}

	/** Whether the label's block builds on the stored one, as far as they are not too far apart. */
	async #isBelow(stored: BlockRef, label: BlockRef): Promise<boolean> {
		const { feed } = this.#modules
		if (label.number === stored.number || label.number - stored.number > LINKED_BLOCKS) return true
		let parentHash = label.parentHash
		for (let number = label.number - 1; number > stored.number; number--) {
			let block = await feed.blockByNumber(number, { fresh: false })
			if (block?.hash !== parentHash) block = await feed.blockByNumber(number, { fresh: true })
			if (block?.hash !== parentHash) return false
			parentHash = block.parentHash
		}
		return parentHash === stored.hash
	}
}
