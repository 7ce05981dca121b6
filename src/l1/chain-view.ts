import type { BlockRef } from '../protocol/block.js'
import { formatBlock, sameBlock } from '../protocol/block.js'
import { findCommon } from './find-common.js'
import type { HeaderCache } from './header-cache.js'
import { L1BlockMissingError, L1ContradictionError, L1ViewsDifferError } from './l1-errors.js'
import type { L1Source } from './l1-source.js'

/** A tip this far ahead of the last one is joined block by block; farther, only the last tip is looked at again. */
const MAX_GAP = 256
/** Headers below the tip that stay known. Finality is 64 to 96 blocks behind; this covers hours without it. */
const KEPT_BELOW_TIP = 2_048

export interface L1Reorg {
	/** The highest block that both branches share; what is known above it is void. */
	readonly common: BlockRef
	readonly oldTip: BlockRef
	readonly newTip: BlockRef
}

export interface ChainViewEvents {
	tip(tip: BlockRef): void
	finalized(block: BlockRef): void
	reorg(reorg: L1Reorg): void
	contradiction(error: L1ContradictionError): void
	/** Answers that are ignored, because another endpoint or the next answer may be better. */
	lagging(head: BlockRef, tip: BlockRef): void
}

/**
 * The one chain of L1 that the feed stands for: tip, finalized block, and the headers known between them.
 * What L1 reports is taken in one piece at a time, so that two answers never interleave.
 */
export class L1ChainView {
	tip: BlockRef | undefined
	finalized: BlockRef | undefined
	/** Raised by every reorg: a header that was asked for before it may be of the dead branch. */
	generation = 0
	readonly #source: L1Source
	readonly #cache: HeaderCache
	readonly #events: ChainViewEvents
	/** Number of the newest block that L1 had when it was asked last: below the tip while an endpoint lags. */
	#reach = -1
	#busy: Promise<void> | undefined
	readonly #contradicted = new Map<'finalized label' | 'reorg below finality', BlockRef>()

	constructor(modules: { source: L1Source; cache: HeaderCache; events: ChainViewEvents }) {
		this.#source = modules.source
		this.#cache = modules.cache
		this.#events = modules.events
	}

	/** The newest number that may be relied on to exist: -1 if none, or while L1 contradicts what was final. */
	get reach(): number {
		if (this.tip === undefined || this.#contradicted.size > 0) return -1
		return Math.min(this.#reach, this.tip.number)
	}

	/** Asks L1 for its tip and takes it in. Rejects like `L1Source.latest` and with the errors of a failed reorg. */
	async pollTip(): Promise<void> {
		const asked = this.tip?.number ?? -1
		const head = await this.#source.latest()
		await this.#exclusive(() => this.#takeHead(head, asked))
	}

	/** Takes in a head that was pushed. Heads that are known already are ignored. */
	async pushHead(head: BlockRef): Promise<void> {
		if (this.#busy === undefined && this.#extend(head)) return
		await this.#exclusive(async () => {
			if (this.#cache.get(head.number)?.hash !== head.hash) await this.#takeHead(head, -1)
		})
	}

	/** Asks L1 for its finalized block and takes it in. It never goes back. */
	async pollFinalized(): Promise<void> {
		const block = await this.#source.finalized()
		if (block !== undefined) await this.#exclusive(() => this.#takeFinalized(block))
	}

	/**
	 * A block that L1 has just shown. Headers that were read while L1 was on another branch for a moment, and that
	 * nothing ties to the tip, are forgotten when it contradicts them: no reorg of the tip ever shows that they are wrong.
	 */
	notice(block: BlockRef): void {
		if (this.#cache.conflict(block) === undefined) return
		if (this.tip !== undefined && this.#cache.runStart(this.tip.number) <= block.number) return
		this.#cache.dropRun(block.number)
	}

	/**
	 * Finds out why header `upper` does not have header `upper - 1` as its parent, by reading both again.
	 * @throws L1ViewsDifferError if L1 gives no clear answer; to be tried again later
	 */
	resolveConflict(upper: number): Promise<void> {
		return this.#exclusive(() => this.#resolveConflict(upper))
	}

	async #exclusive(task: () => Promise<void>): Promise<void> {
		const before = this.#busy
		const run = (async () => {
			await before
			await task()
		})()
		// Whoever comes next waits for the end of this task, not for its success.
		const settled = run.then(
			() => undefined,
			() => undefined,
		)
		this.#busy = settled
		try {
			await run
		} finally {
			if (this.#busy === settled) this.#busy = undefined
		}
	}

	/** The plain case, a child of the tip. */
	#extend(head: BlockRef): boolean {
		if (this.tip === undefined || head.number !== this.tip.number + 1 || head.parentHash !== this.tip.hash) {
			return false
		}
		this.#setTip(head)
		return true
	}

	#setTip(head: BlockRef): void {
		this.#cache.keepFrom(head.number - KEPT_BELOW_TIP)
		this.#cache.add(head)
		this.tip = head
		this.#reach = head.number
		this.#contradicted.delete('reorg below finality')
		this.#events.tip(head)
	}

	/** `asked`: the tip's number when L1 was asked, so that an answer overtaken by a pushed head is no lag. */
	async #takeHead(head: BlockRef, asked: number): Promise<void> {
		const tip = this.tip
		if (tip === undefined) return this.#setTip(head)
		const known = head.number <= tip.number ? this.#cache.get(head.number) : undefined
		if (known?.hash === head.hash) {
			if (head.number >= asked) this.#reach = Math.max(this.#reach, head.number)
			else this.#lag(head, tip)
			if (asked >= 0) this.#contradicted.delete('reorg below finality')
			return
		}
		if (this.#extend(head)) return
		if (head.number > tip.number && (await this.#join(head, tip))) return
		if (head.number <= tip.number && known === undefined) return this.#lag(head, tip)
		if (this.finalized !== undefined && head.number < this.finalized.number) return this.#lag(head, tip)
		await this.#reorg(head, tip)
	}

	#lag(head: BlockRef, tip: BlockRef): void {
		this.#reach = head.number
		this.#events.lagging(head, tip)
	}

	/** Joins a head several blocks ahead to the tip. False if the tip may not be its ancestor. */
	async #join(head: BlockRef, tip: BlockRef): Promise<boolean> {
		if (head.number - tip.number > MAX_GAP) {
			const again = await this.#source.byNumber(tip.number)
			if (again?.hash !== tip.hash) return false
			this.#setTip(head)
			return true
		}
		if (head.number === tip.number + 1) return false
		const between = await this.#source.byNumbers(tip.number + 1, head.number - 1)
		let parent = tip
		for (const header of [...between, head]) {
			if (header === undefined || header.parentHash !== parent.hash) return false
			parent = header
		}
		for (const header of between) if (header !== undefined) this.#cache.add(header)
		this.#setTip(head)
		return true
	}

	async #reorg(head: BlockRef, tip: BlockRef): Promise<void> {
		// Across a gap too wide to walk, the branch is measured from the old tip's number.
		const from = head.number - tip.number > MAX_GAP ? await this.#source.byNumber(tip.number) : head
		if (from === undefined) throw new L1BlockMissingError(tip.number)
		const contradicted = this.#contradicted.get('reorg below finality')
		if (contradicted !== undefined && sameBlock(contradicted, head)) return
		const { common, branch } = await this.#branchOf(from, Math.min(tip.number, from.number), head)
		this.#cache.dropAbove(common.number)
		for (const header of [...branch].reverse()) this.#cache.add(header)
		this.generation++
		this.#reach = head.number
		this.tip = head
		this.#events.reorg({ common, oldTip: tip, newTip: head })
		this.#setTip(head)
	}

	/** The branch that ends in `from`, after L1 has confirmed that it still has this branch. */
	async #branchOf(from: BlockRef, knownNumber: number, head: BlockRef) {
		const final = this.finalized?.number ?? -1
		const start = this.#cache.runStart(knownNumber)
		const floor = final >= 0 && start - final <= KEPT_BELOW_TIP ? final : start
		const modules = { source: this.#source, cache: this.#cache }
		try {
			const found = await findCommon(from, floor, this.finalized, modules)
			await this.#confirm(from)
			return found
		} catch (error) {
			if (error instanceof L1ContradictionError) {
				await this.#confirm(from)
				this.#contradict(error, head)
			}
			throw error
		}
	}

	/** A balancer between two views shows a branch in one answer and not in the next; a reorg stays. */
	async #confirm(head: BlockRef): Promise<void> {
		const again = await this.#source.byNumber(head.number)
		if (again?.hash === head.hash) return
		const other = again === undefined ? 'nothing' : formatBlock(again)
		throw new L1ViewsDifferError(head.number, `${formatBlock(head)} in one answer, ${other} in the next`)
	}

	#contradict(error: L1ContradictionError, reported: BlockRef): void {
		const before = this.#contradicted.get(error.source)
		this.#contradicted.set(error.source, reported)
		if (before === undefined || !sameBlock(before, reported)) this.#events.contradiction(error)
	}

	async #takeFinalized(block: BlockRef): Promise<void> {
		const before = this.finalized
		// A label that goes back is an endpoint that lags.
		if (before !== undefined && block.number < before.number) return
		if (before !== undefined && block.number === before.number) {
			if (before.hash === block.hash) this.#contradicted.delete('finalized label')
			else this.#contradict(new L1ContradictionError(before, block, 'finalized label'), block)
			return
		}
		if (this.#againstLabel(block) !== undefined || block.number > (this.tip?.number ?? -1)) {
			// Perhaps it is our view that is old.
			await this.#takeHead(await this.#source.latest(), -1)
		}
		const against = this.#againstLabel(block)
		if (against !== undefined) {
			this.#contradict(new L1ContradictionError(against, block, 'finalized label'), block)
			return
		}
		// A tip below finality: this answer and that of the tip come from different nodes.
		if (block.number > (this.tip?.number ?? -1)) return
		this.#cache.add(block)
		this.finalized = block
		this.#contradicted.delete('finalized label')
		this.#events.finalized(block)
	}

	/** The known header that `block` cannot be on one chain with, if any. */
	#againstLabel(block: BlockRef): BlockRef | undefined {
		switch (this.#cache.conflict(block)) {
			case undefined:
				return undefined
			case 'same number':
				return this.#cache.get(block.number)
			case 'parent':
				return this.#cache.get(block.number - 1)
			case 'child':
				return this.#cache.get(block.number + 1)
		}
	}

	async #resolveConflict(upper: number): Promise<void> {
		const cache = this.#cache
		if (upper < 1) throw new L1BlockMissingError(upper)
		const [lower, header] = await this.#source.byNumbers(upper - 1, upper)
		if (lower === undefined || header === undefined) throw new L1BlockMissingError(upper)
		if (header.parentHash !== lower.hash) {
			throw new L1ViewsDifferError(upper, `${lower.hash} is not the parent of ${header.hash}`)
		}
		const same = (block: BlockRef) => (cache.get(block.number)?.hash ?? block.hash) === block.hash
		if (same(lower) && same(header)) {
			const conflict = cache.add(lower) ?? cache.add(header)
			if (conflict !== undefined) throw new L1ViewsDifferError(upper, `it does not fit its ${conflict}`)
			return
		}
		await this.#takeHead(await this.#source.latest(), -1)
		if (same(lower) && same(header)) return
		const other = same(header) ? lower : header
		const tip = this.tip
		if (tip === undefined || cache.runStart(tip.number) <= other.number) {
			throw new L1ViewsDifferError(other.number, `${formatBlock(other)} is not on the way to the tip`)
		}
		if (this.finalized !== undefined && other.number <= this.finalized.number) {
			// Nothing ties the known header to the final chain: it is forgotten and read again.
			cache.delete(other.number)
			throw new L1ViewsDifferError(
				other.number,
				`${formatBlock(other)} is below finality and was another block`,
			)
		}
		const { common, branch } = await this.#branchOf(other, other.number, other)
		cache.dropAbove(common.number)
		for (const block of [...branch].reverse()) cache.add(block)
		cache.add(tip)
		this.generation++
		this.#events.reorg({ common, oldTip: tip, newTip: tip })
	}
}
