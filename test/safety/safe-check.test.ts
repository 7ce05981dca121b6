import { describe, expect, it } from 'vitest'
import { candidateOf } from '../../src/safety/candidate.js'
import { type CheckResult, safeCheck } from '../../src/safety/safe-check.js'
import { chainNamed, cluster, type SampleBlock, type SampleChain, type SampleMessage } from './cluster.js'

const A = chainNamed('a')

type Executes = NonNullable<SampleBlock['executes']>
const to = (chain: string, log = 0, more: Partial<SampleMessage> = {}): SampleMessage => ({
	chain,
	block: 1,
	log,
	...more,
})
/** A chain whose candidate, block 1 at time 10, executes these; cross-safe is the anchor. */
const with1 = (executes: Executes = {}, more: Partial<SampleChain> = {}): SampleChain => ({
	blocks: [{ source: 1, executes }],
	crossSafe: { block: 0, scope: 1 },
	...more,
})

const MISMATCH = { wrongChecksum: true }
/** A chain that is not there yet: a message to it is future. */
const MISSING: SampleChain = { crossSafe: { block: 0, scope: 1 } }
/** A chain whose scope is further: a message to it is out of scope 1. */
const AHEAD = with1({}, { crossSafe: { block: 0, scope: 2 } })

function check(chains: Record<string, SampleChain>): CheckResult {
	const view = cluster({ chains })
	const candidate = candidateOf(view, A)
	if (candidate.kind !== 'block') throw new Error(candidate.reason)
	return safeCheck(view, view.rules, A, candidate.block, 1)
}

describe('verdict of a block (rules, section 6)', () => {
	it.each<[string, Record<string, SampleChain>]>([
		['without messages', { a: with1() }],
		['a dependency on a candidate', { a: with1({ 0: to('b') }), b: with1() }],
		[
			'over four chains',
			{
				a: with1({ 0: to('b') }),
				b: with1({ 1: to('c') }),
				c: with1({ 1: to('d') }),
				d: with1(),
			},
		],
		['both ways without a cycle', { a: with1({ 0: to('b'), 4: to('b', 3) }), b: with1({ 2: to('a', 1) }) }],
		['an earlier log of its own', { a: with1({ 3: to('a', 1) }) }],
		[
			'a settled block with a bad message is not entered',
			{
				a: with1({ 0: to('b') }),
				b: { blocks: [{ source: 1, executes: { 0: to('a', 9) } }], crossSafe: { block: 1, scope: 1 } },
			},
		],
	])('ok: %s', (_, chains) => {
		expect(check(chains)).toEqual({ verdict: 'ok' })
	})

	it.each<[string, Record<string, SampleChain>, CheckResult['verdict'], RegExp]>([
		[
			'its own message fails',
			{ a: with1({ 3: to('b', 0, MISMATCH) }), b: with1() },
			'conflict',
			/log 3 .*chain 2 block 1 log 0.*another/,
		],
		[
			'it is in a cycle of two',
			{ a: with1({ 0: to('b', 1) }), b: with1({ 0: to('a', 1) }) },
			'conflict',
			/#1 .*cycle/,
		],
		[
			'a cycle of three',
			{ a: with1({ 0: to('b', 1) }), b: with1({ 0: to('c', 1) }), c: with1({ 0: to('a', 1) }) },
			'conflict',
			/cycle/,
		],
		[
			'a cycle of four',
			{
				a: with1({ 0: to('b', 1) }),
				b: with1({ 0: to('c', 1) }),
				c: with1({ 0: to('d', 1) }),
				d: with1({ 0: to('a', 1) }),
			},
			'conflict',
			/cycle/,
		],
		['a cycle within it', { a: with1({ 0: to('a', 1) }) }, 'conflict', /cycle/],
		['a message that names itself', { a: with1({ 2: to('a', 2) }) }, 'conflict', /cycle/],
		[
			'an own conflict before a future',
			{ a: with1({ 0: to('m'), 1: to('b', 9) }), b: with1(), m: MISSING },
			'conflict',
			/log 1 .*no log 9/,
		],
		[
			'an own conflict before out of scope',
			{ a: with1({ 0: to('h'), 1: to('b', 9) }), b: with1(), h: AHEAD },
			'conflict',
			/no log 9/,
		],
		[
			'a cycle before a future',
			{ a: with1({ 0: to('b', 1), 2: to('m') }), b: with1({ 0: to('a', 1) }), m: MISSING },
			'conflict',
			/cycle/,
		],
		[
			'another block of the closure has a conflict',
			{ a: with1({ 0: to('b') }), b: with1({ 0: to('a', 9) }) },
			'future',
			/log 0 of #1 0x[0-9a-f]+ of chain 2 .*no log 9/,
		],
		[
			'another block of the closure is in a cycle',
			{ a: with1({ 0: to('b') }), b: with1({ 0: to('c', 1) }), c: with1({ 0: to('b', 1) }) },
			'future',
			/cycle/,
		],
		[
			'another block is a cycle of its own',
			{ a: with1({ 0: to('b') }), b: with1({ 2: to('b', 2) }) },
			'future',
			/cycle/,
		],
		[
			'a message waits',
			{ a: with1({ 0: to('m') }), m: MISSING },
			'future',
			/log 0 of #1 0x[0-9a-f]+ of chain 1 .*chain 13 block 1/,
		],
		[
			'a message of the closure waits',
			{ a: with1({ 0: to('b') }), b: with1({ 0: to('m') }), m: MISSING },
			'future',
			/log 0 of #1 0x[0-9a-f]+ of chain 2/,
		],
		[
			'a future before out of scope',
			{ a: with1({ 0: to('h'), 1: to('m') }), h: AHEAD, m: MISSING },
			'future',
			/log 1/,
		],
		[
			'a conflict elsewhere before out of scope',
			{ a: with1({ 0: to('h'), 1: to('b') }), b: with1({ 0: to('a', 9) }), h: AHEAD },
			'future',
			/log 0 of #1 0x[0-9a-f]+ of chain 2/,
		],
		['a message is out of scope', { a: with1({ 0: to('h') }), h: AHEAD }, 'outOfScope', /scope 2, beyond 1/],
		[
			'a message of the closure is',
			{ a: with1({ 0: to('b') }), b: with1({ 4: to('h') }), h: AHEAD },
			'outOfScope',
			/log 4 of #1 0x[0-9a-f]+ of chain 2/,
		],
		[
			'a cycle, closed by a message to a log that is another than it says',
			{ a: with1({ 0: to('b', 1) }), b: with1({ 0: to('a', 1, MISMATCH) }) },
			'conflict',
			/cycle/,
		],
		[
			'no cycle by a message to a log that is not there',
			{ a: with1({ 0: to('b', 1) }), b: with1({ 0: to('a', 5) }) },
			'future',
			/no log 5/,
		],
	])('%s', (_, chains, verdict, reason) => {
		expect(check(chains)).toEqual({ verdict, reason: expect.stringMatching(reason) })
	})

	it('judges each block of the closure once, however often messages lead to it', () => {
		const executes = Object.fromEntries(Array.from({ length: 40 }, (_, log) => [log + 5, to('b', log % 5)]))
		const view = cluster({
			chains: { a: { ...with1(), blocks: [{ source: 1, logs: 50, executes }] }, b: with1() },
		})
		const candidate = candidateOf(view, A)
		if (candidate.kind !== 'block') throw new Error(candidate.reason)
		expect(safeCheck(view, view.rules, A, candidate.block, 1)).toEqual({ verdict: 'ok' })
		expect(view.reads.messages).toBe(2)
		expect(view.reads.logs).toBe(40)
	})
})
