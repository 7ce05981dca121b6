import { EventEmitter } from 'node:events'
import type { Logger } from 'pino'
import type { BlockRef } from '../protocol/block.js'
import { formatBlock } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import { ConflictError } from '../protocol/errors.js'
import { AnnouncedBlocks } from './announced-blocks.js'
import { backoffMs } from './backoff.js'
import { describeFailure, IndexingStoppedError } from './errors.js'
import { type IndexFailure, type IndexResult, type IndexTask, NO_TIMINGS } from './index-task.js'
import type { ChainIndexerEvents, ChainIndexerModules, IndexNode } from './indexer-modules.js'
import { findLastMatchAbove } from './last-match.js'
import { judgeBranch } from './other-branch.js'
import { type PlannedRange, RangePlan } from './range-plan.js'

/**
 * Blocks per task. 64 blocks make the round trip of a task (65 us of CPU) and its transaction negligible, and are
 * short enough that a chain at its tip waits little behind another chain's bulk.
 */
export const RANGE_BLOCKS = 64

/** Tasks in flight per lane: one writes while the next one's answers arrive. */
const RANGES_PER_LANE = 2
/**
 * Whole ones: how many calls are on the way is for the worker's window to say, and these are enough for the most that
 * it allows.
 */
export const WHOLE_RANGES_PER_LANE = 10

/** A failure repeated this often in a row is told to the operator; before that it is business as usual. */
const REPORT_AFTER_ATTEMPTS = 3

/** A block that the node keeps not having is no longer waited for; its next event sets a new target. */
const GIVE_UP_NOT_FOUND_AFTER = 3

/** Failures of this class are told apart by name alone: nothing was cancelled. */
const NEVER_ABORTED = new AbortController().signal

/**
 * Indexes one chain: plans bounded ranges up to the highest block heard of, has them indexed by the pool, and
 * seals what comes back in order. While one seal waits for the disk further ranges arrive; the next seal takes
 * all of them in one transaction.
 *
 * Bound: at most `lanes * WHOLE_RANGES_PER_LANE * RANGE_BLOCKS` blocks are planned beyond the sealed head, whatever the
 * distance to the target, and a result holds about 200 bytes a block.
 */
export class ChainIndexer extends EventEmitter<ChainIndexerEvents> {
	readonly #chainId: ChainId
	readonly #modules: ChainIndexerModules
	readonly #log: Logger
	readonly #anchor: BlockRef
	readonly #plan = new RangePlan(RANGE_BLOCKS)
	#head: BlockRef
	readonly #announced = new AnnouncedBlocks()
	#target: number
	#attempts = 0
	#reported = false
	/** How often something was told that contradicts the canonical chain, and how much of that is settled. */
	#contradictions = 0
	#settled = 0
	#closed = false
	#wake: () => void = () => {}
	readonly #recuts: (() => Promise<void>)[] = []
	#ceiling = Number.POSITIVE_INFINITY
	#retryTimer: NodeJS.Timeout | undefined
	#epoch = 0
	readonly #loop: Promise<void>
	/** Milliseconds that seals have taken so far, waits for the disk included. */
	sealMs = 0

	constructor(options: { chainId: ChainId; anchor: BlockRef; head: BlockRef }, modules: ChainIndexerModules) {
		super()
		this.#chainId = options.chainId
		this.#anchor = options.anchor
		this.#head = options.head
		this.#target = options.head.number
		this.#modules = modules
		this.#log = modules.log
		this.#plan.startAt(options.head.number + 1)
		this.#loop = this.#run()
	}

	/** Highest sealed block. */
	get head(): BlockRef {
		return this.#head
	}

	/** Highest block that is wanted. */
	get target(): number {
		return this.#target
	}

	/** Ranges handed to the pool and not yet sealed. */
	get rangesInFlight(): number {
		return this.#plan.size
	}

	/** Something contradicts the canonical chain: nothing is sealed before it is compared with a node's. */
	get #isSuspect(): boolean {
		return this.#contradictions > this.#settled
	}

	/**
	 * A node has this block: index everything up to it. A block that contradicts the canonical chain at or just
	 * above the head starts a search for the common block.
	 */
	follow(block: BlockRef): void {
		if (block.number <= this.#head.number) {
			const known = this.#modules.store.canonical(this.#chainId, block.number)
			if (known === undefined || known.hash === block.hash) return
			this.#contradictions++
		} else {
			if (block.number === this.#head.number + 1 && block.parentHash !== this.#head.hash)
				this.#contradictions++
			this.#target = Math.max(this.#target, block.number)
		}
		this.#announced.add(block)
		this.#advance()
	}

	/** A node of the chain came (back): do not wait for a timer. */
	retryNow(): void {
		this.#attempts = 0
		this.#retry()
	}

	/**
	 * Runs a cut of the log index that was decided elsewhere, between two steps of the indexer, and goes on from the
	 * head that it returns; undefined: nothing was cut. Until the next recut nothing above `ceiling` is sealed.
	 */
	recut(cut: () => Promise<BlockRef | undefined>, ceiling = Number.POSITIVE_INFINITY): Promise<void> {
		return new Promise((resolve, reject) => {
			this.#recuts.push(() => this.#recut(cut, ceiling).then(resolve, reject))
			this.#wake()
		})
	}

	async #recut(cut: () => Promise<BlockRef | undefined>, ceiling: number): Promise<void> {
		// What a node tells from here on may contradict what the cut leaves.
		const told = this.#contradictions
		const head = await cut()
		if (head === undefined) return
		this.#epoch++
		await this.#modules.pool.cancel(this.#chainId)
		this.#head = head
		// What was known above is of a chain that is gone; the node's next events tell of the new one.
		this.#target = head.number
		this.#announced.clear()
		this.#ceiling = ceiling
		this.#settled = told
		this.#plan.startAt(head.number + 1)
	}

	/** Ends after the seal under way; results of running tasks are dropped (their records are kept in LMDB). */
	async close(): Promise<void> {
		this.#closed = true
		clearTimeout(this.#retryTimer)
		this.#wake()
		await this.#loop
	}

	/** Plans and hands out what fits into the window, then lets the loop look. */
	#advance(): void {
		if (this.#closed) return
		if (!this.#isSuspect) this.#dispatch()
		this.#wake()
	}

	#dispatch(): void {
		const { pool } = this.#modules
		const node = this.#modules.node(this.#attempts)
		if (node === undefined || this.#retryTimer !== undefined) return
		const lanes = pool.lanes(this.#chainId)
		const limits = { few: lanes * RANGES_PER_LANE, whole: lanes * WHOLE_RANGES_PER_LANE }
		for (;;) {
			const range = this.#plan.next(Math.min(this.#target, this.#ceiling), limits)
			if (range === undefined) return
			const task: IndexTask = {
				chainId: this.#chainId,
				nodeAddress: node.address,
				from: range.from,
				to: range.to,
				announced: this.#announced.between(range.from, range.to),
			}
			const epoch = this.#epoch
			pool.index(task, range.lane).then(
				(result) => this.#finished(epoch, range, result),
				(error: Error) => this.#finished(epoch, range, lostTask(range.from, error)),
			)
		}
	}

	#finished(epoch: number, range: PlannedRange, result: IndexResult): void {
		if (this.#closed || epoch !== this.#epoch) return
		this.#plan.finish(range, result)
		if (result.failure !== undefined) this.#failed(result.failure)
		this.#advance()
	}

	#failed(failure: IndexFailure): void {
		this.#attempts++
		// What was announced may be gone: the next attempt asks by number.
		this.#announced.clear()
		const facts = { ...failure, attempts: this.#attempts }
		if (failure.kind === 'not-found' && this.#attempts >= GIVE_UP_NOT_FOUND_AFTER) {
			this.#target = Math.max(this.#head.number, failure.blockNumber - 1)
			this.#attempts = 0
			this.#log.info(facts, 'node does not have the block any more, waiting for its next event')
			return
		}
		if (this.#attempts >= REPORT_AFTER_ATTEMPTS && !this.#reported) {
			this.#reported = true
			this.#log.error(facts, 'indexing does not get on; it is tried again')
			this.emit('stalled', failure)
		} else {
			this.#log.debug(facts, 'range failed, trying again')
		}
		this.#retryTimer ??= setTimeout(() => this.#retry(), backoffMs(this.#attempts))
	}

	#retry(): void {
		clearTimeout(this.#retryTimer)
		this.#retryTimer = undefined
		this.#advance()
	}

	async #run(): Promise<void> {
		while (!this.#closed) {
			const wake = new Promise<void>((resolve) => {
				this.#wake = resolve
			})
			try {
				const recut = this.#recuts.shift()
				if (recut !== undefined) await recut()
				else if (this.#isSuspect) await this.#reconcile()
				else if (!(await this.#sealReady())) await wake
			} catch (error) {
				await this.#stepFailed(error)
			}
		}
	}

	/** Seals all that is contiguous with the head; false if there was nothing. */
	async #sealReady(): Promise<boolean> {
		const { blocks, receiptBytes } = this.#plan.ready(this.#head.number + 1)
		const first = blocks[0]
		const last = blocks.at(-1)
		if (first === undefined || last === undefined) return false
		if (first.parentHash !== this.#head.hash || this.#contradictsDerived(blocks)) {
			this.#contradictions++
			return true
		}
		try {
			const before = performance.now()
			await this.#modules.store.seal(this.#chainId, blocks)
			this.sealMs += performance.now() - before
		} catch (error) {
			// What a node says of a block can contradict the store in more ways than by its parent, its time for one.
			if (!(error instanceof ConflictError)) throw error
			this.#log.warn({ err: error }, 'blocks of the node were refused')
			this.#contradictions++
			return true
		}
		this.#plan.sealed(last.number)
		// While the seal waited for the disk this looked like the block that comes next.
		if (this.#announced.sealed(blocks)) this.#contradictions++
		this.#head = last
		this.#attempts = 0
		// L1 may have decided otherwise while the seal waited for the disk, and does not say so again.
		if (this.#contradictsDerived(blocks)) this.#contradictions++
		if (this.#reported) {
			this.#reported = false
			this.#log.info({ block: last.number }, 'indexing goes on')
			this.emit('stalled', undefined)
		}
		this.emit('sealed', last, blocks, receiptBytes)
		this.#advance()
		return true
	}

	/** The run and the derived chain are both linked by hash: the highest block that both have tells for all below. */
	#contradictsDerived(run: readonly BlockRef[]): boolean {
		for (let i = run.length - 1; i >= 0; i--) {
			const block = run[i]
			const derived = block && this.#modules.derivedHash(block.number)
			if (derived !== undefined) return derived !== block?.hash
		}
		return false
	}

	/**
	 * A disk that is full and a node that does not answer are waited for; anything else is a contradiction that
	 * only an operator can solve.
	 */
	async #stepFailed(error: unknown): Promise<void> {
		const { kind, name, message } = describeFailure(error, this.#head.number, NEVER_ABORTED)
		if (kind === 'storage' || (this.#isSuspect && !(error instanceof IndexingStoppedError))) {
			this.#failed({ kind, name, message, blockNumber: this.#head.number + 1 })
			await this.#pause(backoffMs(this.#attempts))
			return
		}
		this.#closed = true
		clearTimeout(this.#retryTimer)
		this.emit('stopped', error instanceof Error ? error : new Error(message))
	}

	/** Cuts back to the last block that the node and the log index share, if the node's branch is to be followed. */
	async #reconcile(): Promise<void> {
		const { node: currentNode, pool } = this.#modules
		// What a node tells from here on may contradict what this leads to.
		const told = this.#contradictions
		this.#epoch++
		this.#plan.clear()
		await pool.cancel(this.#chainId)
		const node = currentNode(this.#attempts)
		if (node === undefined) return this.#pause(backoffMs(1))
		const head = this.#head
		const index = { chainId: this.#chainId, anchor: this.#anchor, head, announced: this.#announced.newest }
		const verdict = await judgeBranch(index, node, this.#modules)
		if (verdict.kind === 'theirs') await this.#switchTo(node, verdict.common)
		else if (verdict.kind === 'ours') {
			this.#log.warn(
				{ node: node.url, head: formatBlock(head), common: formatBlock(verdict.common) },
				'a node has another branch, which is not followed',
			)
			this.#announced.clear()
			this.#target = head.number
			if (verdict.isAgainstL1) this.emit('strayed', node)
		} else {
			// The node told two stories within one range; ask again, but not in a tight loop.
			this.#failed({
				kind: 'broken-run',
				name: 'BrokenRunError',
				message: `blocks after ${formatBlock(head)} do not build on it, or contradict what was derived`,
				blockNumber: head.number + 1,
			})
		}
		this.#plan.startAt(this.#head.number + 1)
		this.#settled = told
		this.#advance()
	}

	async #switchTo(node: IndexNode, common: BlockRef): Promise<void> {
		const old = this.#head
		await this.#modules.store.cutCanonical(this.#chainId, common)
		const facts = { from: formatBlock(old), to: formatBlock(common), depth: old.number - common.number }
		this.#log.warn(facts, 'unsafe reorg: the log index was cut back to the last common block')
		this.#head = common
		this.emit('reorg', common, old)
		// How far the old branch went says nothing about the new one.
		this.#target = common.number
		this.#announced.clear()
		const top = await findLastMatchAbove(common.number + 1, (number) => node.refByNumber(number))
		this.#target = Math.max(this.#target, top?.number ?? 0)
	}

	/** Waits; close() and news end it early. */
	#pause(ms: number): Promise<void> {
		if (this.#closed) return Promise.resolve()
		return new Promise((resolve) => {
			const timer = setTimeout(resolve, ms)
			this.#wake = () => {
				if (!this.#closed) return
				clearTimeout(timer)
				resolve()
			}
		})
	}
}

/** The pool lost the task, for example because its thread died. */
function lostTask(from: number, error: Error): IndexResult {
	return {
		from,
		blocks: [],
		failure: { kind: 'node', name: error.name, message: error.message, blockNumber: from },
		timings: NO_TIMINGS,
	}
}
