import { describe, expect, it } from 'vitest'
import type { ChainId } from '../../src/protocol/chain-id.js'
import { promotionRound } from '../../src/safety/promotion-round.js'
import { reexamine } from '../../src/safety/reexamine.js'
import { safeStep } from '../../src/safety/safe-step.js'
import { unsafeStep } from '../../src/safety/unsafe-step.js'
import { WaitList } from '../../src/safety/wait-list.js'
import { type SampleBlock, type SampleChain, TestCluster } from './cluster.js'

const LINKS = 1_000
const LOGS = 50_000
const MESSAGES = 10_000

/** Block 1 of each chain executes a log of block 1 of the next one: all of them stand or fall together. */
function hazardChain(length: number, isRing = false): TestCluster {
	const chains: Record<string, SampleChain> = {}
	for (let i = 0; i < length; i++) {
		const next = isRing ? (i + 1) % length : i + 1
		const executes: SampleBlock['executes'] =
			next < length ? { 0: { chain: nameOf(next), block: 1, log: 1 } } : {}
		chains[nameOf(i)] = { blocks: [{ source: 1, logs: 2, executes }], crossSafe: { block: 0, scope: 1 } }
	}
	return new TestCluster({ chains })
}

/** Block 1 of chain a, with logs and messages to all logs of block 1 of chain b in turn. */
function bigBlock(logs: number, messages: number, isSettled: boolean): TestCluster {
	const executes: Record<number, { chain: string; block: number; log: number }> = {}
	for (let i = 0; i < messages; i++)
		executes[Math.floor((i * logs) / messages)] = { chain: 'b', block: 1, log: (i * 7) % logs }
	const crossSafe = { block: isSettled ? 1 : 0, scope: 1 }
	return new TestCluster({
		chains: {
			a: { blocks: [{ source: 1, logs, executes }], crossSafe: { block: 0, scope: 1 } },
			b: { blocks: [{ source: 1, logs }], crossSafe },
		},
	})
}

/** One character each, so that the test cluster gives each its own ID. */
function nameOf(index: number): string {
	return String.fromCharCode(97 + index)
}

const FIRST = 1n as ChainId

describe(`a hazard chain of ${LINKS} messages of one time`, () => {
	it('is judged whole, safe and unsafe, with reads in proportion to its length', () => {
		const readsOf = (length: number) => {
			const view = hazardChain(length)
			expect(safeStep(view, view.rules, FIRST)).toMatchObject({ action: 'promote' })
			expect(unsafeStep(view, view.rules, FIRST)).toMatchObject({ verdict: 'ok' })
			expect(view.reads.messages).toBe(2 * length)
			expect(view.reads.logs).toBe(2 * (length - 1))
			return view.reads.all
		}
		expect(readsOf(LINKS)).toBeLessThan(11 * readsOf(LINKS / 10))
	})

	it('that closes to a ring is a cycle', () => {
		const view = hazardChain(LINKS, true)
		expect(safeStep(view, view.rules, FIRST)).toMatchObject({ action: 'invalidate' })
		expect(unsafeStep(view, view.rules, FIRST)).toMatchObject({ verdict: 'conflict' })
	})
})

describe(`a chain of ${LINKS} messages to and fro between two blocks`, () => {
	/** Log i of a executes log i - 1 of b, which executes log i - 1 of a. */
	const toAndFro = (length: number, closes = false) => {
		const executes = { a: {} as Record<number, object>, b: {} as Record<number, object> }
		for (let log = 0; log < length / 2; log++) {
			if (log > 0) executes.a[log] = { chain: 'b', block: 1, log: log - 1 }
			executes.b[log] = { chain: 'a', block: 1, log }
		}
		if (closes) executes.a[0] = { chain: 'b', block: 1, log: length / 2 }
		const chain = (name: 'a' | 'b'): SampleChain => ({
			blocks: [{ source: 1, logs: length, executes: executes[name] as NonNullable<SampleBlock['executes']> }],
			crossSafe: { block: 0, scope: 1 },
		})
		return new TestCluster({ chains: { a: chain('a'), b: chain('b') } })
	}

	it('is promoted in one round, and each message is read once a check', () => {
		const view = toAndFro(LINKS)
		const round = promotionRound(view, view.rules, { maxSteps: 100, waits: new WaitList() })
		expect(round.promotions.map(({ crossSafe }) => crossSafe.at(-1)?.number)).toEqual([1, 1])
		expect(view.reads.logs).toBeLessThanOrEqual(4 * LINKS)
	})

	it('is a cycle if it comes back to its first log', () => {
		const view = toAndFro(LINKS, true)
		const { invalid } = promotionRound(view, view.rules, { maxSteps: 100, waits: new WaitList() })
		expect(invalid.map(({ reason }) => reason)).toEqual([
			expect.stringMatching(/cycle/),
			expect.stringMatching(/cycle/),
		])
	})
})

describe(`a block of ${LOGS} logs and ${MESSAGES} executing messages`, () => {
	it.each([
		['settled blocks', true],
		['a candidate of the same time', false],
	])('of %s: one log is read for each message, and a few rows besides', (_, isSettled) => {
		const readsOf = (scale: number) => {
			const view = bigBlock(LOGS / scale, MESSAGES / scale, isSettled)
			expect(safeStep(view, view.rules, FIRST)).toMatchObject({ action: 'promote' })
			expect(view.reads.logs).toBe(MESSAGES / scale)
			return view.reads.all
		}
		expect(readsOf(1)).toBeLessThan(10.5 * readsOf(10))
	})

	it('goes through a whole round, and through a re-examination', () => {
		const view = bigBlock(LOGS, MESSAGES, false)
		const round = promotionRound(view, view.rules, { maxSteps: 100, waits: new WaitList() })
		expect(round).toMatchObject({ isFixedPoint: true, invalid: [] })
		expect(round.promotions.map(({ crossSafe }) => crossSafe.at(-1)?.number)).toEqual([1, 1])
		// Once unsafe and once safe.
		expect(view.reads.logs).toBe(2 * MESSAGES)
		expect(reexamine(view).size).toBe(0)
	})
})
