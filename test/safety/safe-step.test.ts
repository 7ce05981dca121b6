import { describe, expect, it } from 'vitest'
import { safeStep } from '../../src/safety/safe-step.js'
import { chainNamed, cluster, type SampleChain } from './cluster.js'

const A = chainNamed('a')
const B1 = { chain: 'b', block: 1, log: 0 }

function stepOf(chains: Record<string, SampleChain>) {
	const view = cluster({ chains })
	return { view, step: safeStep(view, view.rules, A) }
}

describe('actions (rules, section 7)', () => {
	it('ok: the candidate is appended at the scope', () => {
		const { view, step } = stepOf({ a: { blocks: [{ source: 3 }], crossSafe: { block: 0, scope: 5 } } })
		const { hash } = view.block('a', 1)
		expect(step).toEqual({ verdict: 'ok', action: 'promote', entry: { number: 1, hash, scope: 5 } })
	})

	it.each<[string, SampleChain, number]>([
		['nothing more is local-safe', { crossSafe: { block: 0, scope: 1 }, localSafeTip: 9 }, 2],
		['the next block is far above', { blocks: [{ source: 7 }], crossSafe: { block: 0, scope: 1 } }, 2],
		['it comes from the next L1 block', { blocks: [{ source: 2 }], crossSafe: { block: 0, scope: 1 } }, 2],
	])('outOfScope, %s: the same block at the next L1 block', (_, chain, scope) => {
		const { view, step } = stepOf({ a: chain })
		const { hash } = view.block('a', 0)
		expect(step).toEqual({ verdict: 'outOfScope', action: 'bump', entry: { number: 0, hash, scope } })
	})

	it('outOfScope by a message: the same', () => {
		const executing = { source: 1, executes: { 0: B1 } }
		const { step } = stepOf({
			a: { blocks: [executing], crossSafe: { block: 0, scope: 1 }, localSafeTip: 2 },
			b: { blocks: [{ source: 2 }], crossSafe: { block: 1, scope: 2 } },
		})
		expect(step).toMatchObject({ verdict: 'outOfScope', action: 'bump', entry: { number: 0, scope: 2 } })
	})

	it.each<[string, SampleChain]>([
		['the chain itself', { blocks: [{ source: 1 }], crossSafe: { block: 1, scope: 4 }, localSafeTip: 4 }],
		[
			'the chain itself, by a message',
			{
				blocks: [{ source: 1, executes: { 0: B1 } }],
				crossSafe: { block: 0, scope: 1 },
			},
		],
	])('outOfScope, and %s knows no further L1 block: it waits', (_, a) => {
		const b = { blocks: [{ source: 9 }], crossSafe: { block: 1, scope: 9 } }
		const { step } = stepOf({ a, b })
		expect(step).toMatchObject({ verdict: 'outOfScope', action: 'none', reason: expect.stringMatching(/./) })
	})

	it('future: it waits, and is never raised because the data of another chain is missing', () => {
		const { step } = stepOf({
			a: { blocks: [{ source: 1, executes: { 0: B1 } }], crossSafe: { block: 0, scope: 1 }, localSafeTip: 9 },
			b: { crossSafe: { block: 0, scope: 1 } },
		})
		expect(step).toMatchObject({
			verdict: 'future',
			action: 'none',
			reason: expect.stringMatching(/chain 2/),
		})
	})

	it.each<[string, SampleChain]>([
		['nothing is cross-safe yet', { blocks: [{ source: 1 }], crossSafe: null }],
		[
			'a block waits for its replacement',
			{ blocks: [{ source: 1 }], crossSafe: { block: 0, scope: 1 }, awaited: 1 },
		],
		[
			'the candidate is not indexed',
			{ blocks: [{ source: 1, isNotIndexed: true }], crossSafe: { block: 0, scope: 1 }, localSafeTip: 9 },
		],
	])('future, because %s: it waits', (_, a) => {
		expect(stepOf({ a }).step).toMatchObject({ verdict: 'future', action: 'none' })
	})

	it('conflict: the candidate is invalidated at the scope, with what it broke', () => {
		const { view, step } = stepOf({
			a: {
				blocks: [{ source: 1, executes: { 2: { ...B1, log: 9 } } }],
				crossSafe: { block: 0, scope: 3 },
				localSafeTip: 3,
			},
			b: { blocks: [{ source: 1 }], crossSafe: { block: 1, scope: 1 } },
		})
		expect(step).toEqual({
			verdict: 'conflict',
			action: 'invalidate',
			block: { ...view.block('a', 1), source: 1 },
			scope: 3,
			reason: expect.stringMatching(/log 2 .*chain 1 .*chain 2 block 1 log 9: block 1 has no log 9/),
		})
	})

	it('a conflict of a chain that is not derived up to its scope again, after an L1 reorg: it waits', () => {
		const { step } = stepOf({
			a: {
				blocks: [{ source: 1, executes: { 2: { ...B1, log: 9 } } }],
				crossSafe: { block: 0, scope: 3 },
				localSafeTip: 2,
			},
			b: { blocks: [{ source: 1 }], crossSafe: { block: 1, scope: 1 } },
		})
		expect(step).toEqual({
			verdict: 'future',
			action: 'none',
			reason: expect.stringMatching(/log 2 .*block 1 has no log 9; chain 1 is not derived up to L1 block 3/),
		})
	})
})
