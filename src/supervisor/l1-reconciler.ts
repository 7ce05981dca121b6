import type { Logger } from 'pino'
import { findLastMatch } from '../indexing/last-match.js'
import { L1ContradictionError } from '../l1/l1-errors.js'
import { type BlockRef, formatBlock } from '../protocol/block.js'
import { type HoldableChain, whileHeld } from './hold-chains.js'
import { Rerun } from './rerun.js'

/** A chain as an L1 reorg needs it. */
export interface L1Follower extends HoldableChain {
	/** Takes up the chain from the store after a cut, and has its nodes reset. */
	afterL1Cut(common: BlockRef): Promise<void>
}

export interface L1ReconcilerModules {
	readonly log: Logger
	readonly store: {
		/** Newest stored L1 block at or below a number. */
		l1AtOrBelow(number: number): BlockRef | undefined
		/** Nothing at or below this L1 block is ever cut. */
		floor(): BlockRef | undefined
		cutL1(to: BlockRef): Promise<void>
	}
	readonly feed: {
		readonly tip: BlockRef | undefined
		blockByNumber(number: number, options: { fresh: boolean }): Promise<BlockRef | undefined>
	}
	readonly chains: () => Iterable<L1Follower>
	/** Forgets what is above the common block and not stored yet. */
	readonly forget: (common: BlockRef) => void
	/** L1 contradicts what is final here: it is not followed; undefined: it does not any more. */
	readonly onContradiction: (error: L1ContradictionError | undefined) => void
	/** After a cut of the stored L1 from `head` back to `common`. */
	readonly onCut: (common: BlockRef, head: BlockRef) => void
}

/**
 * Keeps the stored L1 on the branch that L1 is on: after a reorg all chains are cut back to the last common L1 block
 * in one transaction, and their nodes are reset (rules, section 10). What L1 does not have (yet) is no contradiction:
 * an endpoint that lags changes nothing.
 */
export class L1Reconciler {
	readonly #modules: L1ReconcilerModules
	readonly #rerun: Rerun

	constructor(modules: L1ReconcilerModules) {
		this.#modules = modules
		this.#rerun = new Rerun(
			() => this.#reconcile(),
			(error) =>
				modules.log.error({ err: error }, 'the stored L1 cannot be compared with L1, it is tried again'),
		)
	}

	/** L1 may be on another branch than the store: look. Resolves with whether L1 answered, so that it is settled. */
	check(): Promise<boolean> {
		return this.#rerun.request()
	}

	close(): Promise<void> {
		return this.#rerun.close()
	}

	async #reconcile(): Promise<void> {
		const { chains, feed, forget, log, onContradiction, onCut, store } = this.#modules
		const head = feed.tip && store.l1AtOrBelow(feed.tip.number)
		if (head === undefined) return
		if (await this.#isOnL1(head)) {
			onContradiction(undefined)
			return
		}
		await whileHeld(chains(), async () => {
			const floor = store.floor()
			const from = floor?.number ?? 0
			const common = await findLastMatch({ from, to: head.number }, async (number) => {
				const stored = store.l1AtOrBelow(number)
				return stored !== undefined && (await this.#isOnL1(stored)) ? stored : undefined
			})
			if (common === undefined) {
				const known = floor ?? head
				const found = await feed.blockByNumber(known.number, { fresh: true })
				onContradiction(new L1ContradictionError(known, found ?? head, 'reorg below finality'))
				return
			}
			onContradiction(undefined)
			await store.cutL1(common)
			forget(common)
			log.warn(
				{ from: formatBlock(head), to: formatBlock(common), depth: head.number - common.number },
				'L1 reorg: all chains were cut back to the last common L1 block',
			)
			for (const chain of chains()) await chain.afterL1Cut(common)
			onCut(common, head)
		})
	}

	async #isOnL1(block: BlockRef): Promise<boolean> {
		const found = await this.#modules.feed.blockByNumber(block.number, { fresh: true })
		return found === undefined || found.hash === block.hash
	}
}
