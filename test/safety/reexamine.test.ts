import { describe, expect, it } from 'vitest'
import { reexamine } from '../../src/safety/reexamine.js'
import { chainNamed, cluster, type SampleBlock, type SampleChain, type SampleMessage } from './cluster.js'

const to = (chain: string, block: number, more: Partial<SampleMessage> = {}): SampleMessage => ({
	chain,
	block,
	log: 0,
	...more,
})
const executing = (message: SampleMessage): SampleBlock => ({ executes: { 0: message } })
const GONE: SampleBlock = { isOtherIndexed: true }

/** New cross-unsafe heads by name of the chain. */
function lowered(chains: Record<string, SampleChain>, from?: number): Record<string, number> {
	const view = cluster({ chains })
	const heads = reexamine(view, from)
	return Object.fromEntries(
		Object.keys(chains).flatMap((name) => {
			const head = heads.get(chainNamed(name))
			if (head === undefined) return []
			expect(head.hash).toBe(view.canonical(chainNamed(name), head.number)?.hash)
			return [[name, head.number]]
		}),
	)
}

describe('re-examination of cross-unsafe (rules, section 9)', () => {
	it.each<[string, Record<string, SampleChain>, Record<string, number>]>([
		[
			'all is as it was',
			{ a: { blocks: [{}, executing(to('b', 1))], crossUnsafe: 2 }, b: { blocks: [{}], crossUnsafe: 1 } },
			{},
		],
		[
			'a block is not in the index any more',
			{ a: { blocks: [{}, { isNotIndexed: true }, { isNotIndexed: true }], crossUnsafe: 3 } },
			{ a: 1 },
		],
		['a block is not on its parent any more', { a: { blocks: [{}, GONE, {}], crossUnsafe: 3 } }, { a: 2 }],
		[
			'a message is not found',
			{ a: { blocks: [{}, executing(to('b', 1))], crossUnsafe: 2 }, b: { blocks: [GONE], crossUnsafe: 0 } },
			{ a: 1 },
		],
		[
			'its block is above the head of its chain',
			{ a: { blocks: [{}, executing(to('b', 1))], crossUnsafe: 2 }, b: { blocks: [{}], crossUnsafe: 0 } },
			{ a: 1 },
		],
		[
			'of the same time: the child of that head will do',
			{ a: { blocks: [executing(to('b', 1))], crossUnsafe: 1 }, b: { blocks: [{}], crossUnsafe: 0 } },
			{},
		],
		[
			'of the same time: a child that could not be promoted itself will not do',
			{
				a: { blocks: [{}, executing(to('b', 2))], crossUnsafe: 2 },
				b: { blocks: [{}, executing(to('c', 1))], crossUnsafe: 1 },
				c: { blocks: [GONE], crossUnsafe: 0 },
			},
			{ a: 1 },
		],
		[
			'of the same time: nor one that rests on such a one',
			{
				a: { blocks: [{}, executing(to('b', 2))], crossUnsafe: 2 },
				b: { blocks: [{}, executing(to('c', 2))], crossUnsafe: 1 },
				c: { blocks: [{}, executing(to('d', 1))], crossUnsafe: 1 },
				d: { blocks: [GONE], crossUnsafe: 0 },
			},
			{ a: 1 },
		],
		[
			'of the same time: two that are promoted together hold each other up',
			{
				a: { blocks: [{}, executing(to('b', 2))], crossUnsafe: 2 },
				b: { blocks: [{}, { executes: { 1: to('a', 2, { log: 1 }) } }], crossUnsafe: 1 },
			},
			{},
		],
		[
			'of the same time: on a cycle they do not',
			{
				a: { blocks: [{}, executing(to('b', 2))], crossUnsafe: 2 },
				b: { blocks: [{}, executing(to('a', 2))], crossUnsafe: 1 },
			},
			{ a: 1 },
		],
		[
			'of the same time, two above that head',
			{ a: { blocks: [{}, executing(to('b', 2))], crossUnsafe: 2 }, b: { blocks: [{}, {}], crossUnsafe: 0 } },
			{ a: 1 },
		],
		['a chain without a cross-unsafe head is left out', { a: { blocks: [{}], crossUnsafe: 7 } }, {}],
	])('%s', (_, chains, expected) => {
		expect(lowered(chains)).toEqual(expected)
	})

	it('cascades: what rests on a lowered head is lowered, over four chains and back', () => {
		const rests = (on: string, ...more: SampleBlock[]): SampleChain => ({
			blocks: [{}, executing(to(on, 1)), ...more],
			crossUnsafe: 2 + more.length,
		})
		// d1 is gone; c2 rests on d1, b3 on c2, a4 on b3, and d is where it was cut to.
		expect(
			lowered({
				a: { blocks: [{}, {}, {}, executing(to('b', 3)), {}], crossUnsafe: 5 },
				b: { blocks: [{}, {}, executing(to('c', 2)), {}], crossUnsafe: 4 },
				c: rests('d', {}),
				d: { blocks: [GONE], crossUnsafe: 0 },
			}),
		).toEqual({ a: 3, b: 2, c: 1 })
	})

	it('cascades from a chain to itself and to an earlier one in the order of chains', () => {
		expect(
			lowered({
				a: { blocks: [{}, {}, executing(to('b', 2))], crossUnsafe: 3 },
				b: { blocks: [{}, executing(to('c', 1)), executing(to('b', 2))], crossUnsafe: 3 },
				c: { blocks: [GONE], crossUnsafe: 0 },
			}),
		).toEqual({ a: 2, b: 1 })
	})

	it('never lowers a head below cross-safe', () => {
		const a = { blocks: [{ source: 1 }, { source: 1, ...executing(to('b', 1)) }, {}], crossUnsafe: 3 }
		const b = { blocks: [GONE], crossUnsafe: 0 }
		expect(lowered({ a: { ...a, crossSafe: { block: 2, scope: 1 } }, b })).toEqual({})
		expect(lowered({ a: { ...a, crossSafe: { block: 1, scope: 1 } }, b })).toEqual({ a: 1 })
	})

	it('does not look into blocks before the time of the cut', () => {
		const sample = { a: { blocks: Array.from({ length: 50 }, () => ({})), crossUnsafe: 50 } }
		const view = cluster({ chains: sample })
		expect(reexamine(view, 481).size).toBe(0)
		expect(view.reads.messages).toBe(2)
	})
})
