import type { IndexedBlock, IndexResult } from './index-task.js'

export interface PlannedRange {
	readonly from: number
	readonly to: number
	readonly lane: number
}

/** Ranges that are planned at one time. */
export interface RangeLimits {
	readonly few: number
	readonly whole: number
}

interface Range {
	from: number
	readonly to: number
	readonly lane: number
	state: 'waiting' | 'flying' | 'done'
	result?: IndexResult
}

/**
 * The ranges of one chain between its sealed head and its target, ascending and without holes: which to hand out
 * next, which are back, which can be sealed. Pure bookkeeping.
 */
export class RangePlan {
	readonly #rangeBlocks: number
	#ranges: Range[] = []
	#next = 0
	#lane = 0

	constructor(rangeBlocks: number) {
		this.#rangeBlocks = rangeBlocks
	}

	get size(): number {
		return this.#ranges.length
	}

	/** Forgets everything; the next range begins at `number`. */
	startAt(number: number): void {
		this.#ranges = []
		this.#next = number
	}

	clear(): void {
		this.#ranges = []
	}

	/**
	 * The next range to hand out: one that failed before, or a new one while fewer than `limits.few` are planned, or, if
	 * it is a whole one, fewer than `limits.whole`. So blocks that are told one by one wait for each other.
	 */
	next(target: number, limits: RangeLimits): PlannedRange | undefined {
		const again = this.#ranges.find((range) => range.state === 'waiting')
		if (again !== undefined) {
			if (again.from > target) {
				this.#dropFrom(again.from)
				return undefined
			}
			again.state = 'flying'
			return { from: again.from, to: Math.min(again.to, target), lane: again.lane }
		}
		const isWhole = target - this.#next + 1 >= this.#rangeBlocks
		const limit = isWhole ? limits.whole : limits.few
		if (this.#ranges.length >= limit || this.#next > target) return undefined
		const to = Math.min(target, this.#next + this.#rangeBlocks - 1)
		const range = { from: this.#next, to, lane: this.#lane++ }
		this.#ranges.push({ ...range, state: 'flying' })
		this.#next = to + 1
		return range
	}

	/**
	 * A range came back. What it did not finish is split off, to be handed out again. A range that is not planned any
	 * more is ignored; the lane tells it from another one that begins at the same block.
	 */
	finish({ from, lane }: Pick<PlannedRange, 'from' | 'lane'>, result: IndexResult): void {
		const at = this.#ranges.findIndex(
			(range) => range.from === from && range.lane === lane && range.state === 'flying',
		)
		const range = this.#ranges[at]
		if (range === undefined) return
		const done = from + result.blocks.length
		const pieces: Range[] = []
		if (done > from) pieces.push({ from, to: done - 1, lane: range.lane, state: 'done', result })
		if (done <= range.to) pieces.push({ from: done, to: range.to, lane: range.lane, state: 'waiting' })
		this.#ranges.splice(at, 1, ...pieces)
	}

	/** All finished blocks from `number` on, without holes. */
	ready(number: number): { blocks: IndexedBlock[]; receiptBytes: number } {
		const blocks: IndexedBlock[] = []
		let receiptBytes = 0
		for (const range of this.#ranges) {
			if (range.result === undefined || range.from !== number + blocks.length) break
			for (const block of range.result.blocks) blocks.push(block)
			receiptBytes += range.result.timings.receiptBytes
		}
		return { blocks, receiptBytes }
	}

	/** Everything up to `number` is sealed. */
	sealed(number: number): void {
		this.#ranges = this.#ranges.filter((range) => range.to > number)
	}

	#dropFrom(number: number): void {
		this.#ranges = this.#ranges.filter((range) => range.to < number)
		this.#next = number
	}
}
