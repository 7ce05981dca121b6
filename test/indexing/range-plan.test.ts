import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { IndexedBlock, IndexResult } from '../../src/indexing/index-task.js'
import { type PlannedRange, RangePlan } from '../../src/indexing/range-plan.js'
import { ZERO_HASH } from '../../src/protocol/hash.js'

const block = (number: number): IndexedBlock => ({
	number,
	hash: ZERO_HASH,
	parentHash: ZERO_HASH,
	timestamp: number,
	logCount: 0,
	executingCount: 0,
})
const result = (from: number, count: number): IndexResult => ({
	from,
	blocks: Array.from({ length: count }, (_, i) => block(from + i)),
	timings: { totalMs: 0, fetchMs: 0, decodeMs: 0, packMs: 0, writeMs: 0, receiptBytes: count },
})

const atMost = (ranges: number) => ({ few: ranges, whole: ranges })

describe('RangePlan', () => {
	it('hands out more whole ranges than short ones', () => {
		const plan = new RangePlan(10)
		plan.startAt(1)
		const limits = { few: 1, whole: 3 }
		expect(plan.next(15, limits)).toMatchObject({ from: 1, to: 10 })
		expect(plan.next(15, limits)).toBeUndefined()
		expect(plan.next(20, limits)).toMatchObject({ from: 11, to: 20 })
		expect(plan.next(95, limits)).toMatchObject({ from: 21, to: 30 })
		expect(plan.next(95, limits)).toBeUndefined()
	})

	it('hands out ranges up to the target and no more than the limit', () => {
		const plan = new RangePlan(10)
		plan.startAt(1)
		expect(plan.next(25, atMost(2))).toEqual({ from: 1, to: 10, lane: 0 })
		expect(plan.next(25, atMost(2))).toEqual({ from: 11, to: 20, lane: 1 })
		expect(plan.next(25, atMost(2))).toBeUndefined()
		plan.finish({ from: 1, lane: 0 }, result(1, 10))
		plan.sealed(10)
		expect(plan.next(25, atMost(2))).toEqual({ from: 21, to: 25, lane: 2 })
	})

	it('gives what a range did not finish out again, and seals only what has no hole', () => {
		const plan = new RangePlan(10)
		plan.startAt(1)
		plan.next(20, atMost(2))
		plan.next(20, atMost(2))
		plan.finish({ from: 11, lane: 1 }, result(11, 10))
		expect(plan.ready(1).blocks).toHaveLength(0)
		plan.finish({ from: 1, lane: 0 }, result(1, 4))
		expect(plan.ready(1).blocks.map((b) => b.number)).toEqual([1, 2, 3, 4])
		expect(plan.next(20, atMost(2))).toEqual({ from: 5, to: 10, lane: 0 })
		plan.finish({ from: 5, lane: 0 }, result(5, 6))
		expect(plan.ready(1).blocks).toHaveLength(20)
	})

	it('drops what lies beyond a target that was lowered', () => {
		const plan = new RangePlan(10)
		plan.startAt(1)
		plan.next(20, atMost(4))
		plan.next(20, atMost(4))
		plan.finish({ from: 1, lane: 0 }, result(1, 10))
		plan.finish({ from: 11, lane: 1 }, result(11, 0))
		expect(plan.next(10, atMost(4))).toBeUndefined()
		plan.sealed(10)
		expect(plan.size).toBe(0)
		expect(plan.next(12, atMost(4))).toEqual({ from: 11, to: 12, lane: 2 })
	})

	it('ignores what comes back late of a range that was given up, also where another one begins there now', () => {
		const plan = new RangePlan(10)
		plan.startAt(1)
		const first = plan.next(30, atMost(3))
		const second = plan.next(30, atMost(3))
		if (first === undefined || second === undefined) throw new Error('two ranges are needed')
		plan.finish(first, result(1, 8))
		// The node has no block 9: the target is 8, and what is planned above is given up.
		plan.sealed(8)
		expect(plan.next(8, atMost(3))).toBeUndefined()
		const again = [plan.next(12, atMost(3)), plan.next(30, atMost(3))]
		expect(again.map((range) => [range?.from, range?.to])).toEqual([
			[9, 12],
			[13, 22],
		])
		plan.finish(second, result(11, 10))
		plan.startAt(11)
		const same = plan.next(15, atMost(3))
		expect([same?.from, same?.to]).toEqual([11, 15])
		plan.finish(second, result(11, 10))
		expect(plan.ready(11).blocks).toHaveLength(0)
		if (same !== undefined) plan.finish(same, result(11, 5))
		expect(plan.ready(11).blocks).toHaveLength(5)
		plan.sealed(15)
		expect(plan.next(20, atMost(3))?.from).toBe(16)
	})

	it('seals every block exactly once, in order, whatever comes back when', () => {
		const answers = fc.array(fc.record({ pick: fc.nat(), share: fc.nat({ max: 4 }) }), { maxLength: 400 })
		fc.assert(
			fc.property(fc.integer({ min: 1, max: 200 }), answers, (target, schedule) => {
				const plan = new RangePlan(7)
				plan.startAt(1)
				let head = 0
				const flying: PlannedRange[] = []
				const sealReady = () => {
					const { blocks } = plan.ready(head + 1)
					for (const { number } of blocks) expect(number).toBe(++head)
					if (blocks.length > 0) plan.sealed(head)
				}
				const dispatch = () => {
					for (;;) {
						const range = plan.next(target, atMost(4))
						if (range === undefined) return
						expect(flying.some((other) => range.from <= other.to && other.from <= range.to)).toBe(false)
						flying.push(range)
					}
				}
				dispatch()
				for (const { pick, share } of schedule) {
					const [range] = flying.splice(pick % Math.max(1, flying.length), 1)
					if (range === undefined) break
					const length = range.to - range.from + 1
					plan.finish(range, result(range.from, Math.ceil((length * share) / 4)))
					sealReady()
					dispatch()
				}
				while (flying.length > 0) {
					for (const range of flying.splice(0)) {
						plan.finish(range, result(range.from, range.to - range.from + 1))
					}
					sealReady()
					dispatch()
				}
				expect(head).toBe(target)
			}),
		)
	})
})
