import { describe, expect, it } from 'vitest'
import { candidateOf } from '../../src/safety/candidate.js'
import { safeStep } from '../../src/safety/safe-step.js'
import { unsafeStep } from '../../src/safety/unsafe-step.js'
import { chainNamed, cluster, type SampleBlock, type SampleChain } from './cluster.js'

const A = chainNamed('a')
const fromB = (block: number) => ({ 0: { chain: 'b', block, log: 0 } })
const chain = (blocks: SampleBlock[], more: Partial<SampleChain> = {}): SampleChain => ({
	blocks: blocks.map((block) => ({ source: 1, ...block })),
	crossSafe: { block: 0, scope: 1 },
	...more,
})

describe('a chain whose nodes disagree on a local-safe block', () => {
	it('has no candidate, below the disputed block either', () => {
		const view = cluster({ chains: { a: chain([{}, {}, {}], { disputed: 3 }) } })
		expect(candidateOf(view, A)).toEqual({
			kind: 'future',
			reason: expect.stringContaining('disagree on #3'),
		})
	})

	it('is promoted at no level, and not raised to another scope', () => {
		const view = cluster({ chains: { a: chain([{ source: 2 }], { disputed: 1 }) } })
		expect(unsafeStep(view, view.rules, A)).toMatchObject({ verdict: 'future' })
		expect(safeStep(view, view.rules, A)).toMatchObject({ verdict: 'future', action: 'none' })
	})

	it('holds back a block of the same time that executes a message of its next block', () => {
		const view = cluster({
			chains: { a: chain([{ executes: fromB(1) }]), b: chain([{}], { disputed: 1 }) },
		})
		expect(unsafeStep(view, view.rules, A)).toMatchObject({ verdict: 'future' })
		expect(safeStep(view, view.rules, A)).toMatchObject({ verdict: 'future', action: 'none' })
	})

	it('does not hold back what rests on its settled blocks', () => {
		const settled = { crossSafe: { block: 1, scope: 1 }, crossUnsafe: 1 }
		const view = cluster({
			chains: {
				a: chain([{}, { executes: fromB(1) }], settled),
				b: chain([{}, {}], { ...settled, disputed: 2 }),
			},
		})
		expect(unsafeStep(view, view.rules, A)).toMatchObject({ verdict: 'ok' })
		expect(safeStep(view, view.rules, A)).toMatchObject({ verdict: 'ok', action: 'promote' })
	})
})
