import { describe, expect, it } from 'vitest'
import { unsafeStep } from '../../src/safety/unsafe-step.js'
import { chainNamed, cluster, type SampleBlock, type SampleChain, type SampleMessage } from './cluster.js'

const A = chainNamed('a')

type Executes = NonNullable<SampleBlock['executes']>
const to = (chain: string, block = 1, more: Partial<SampleMessage> = {}): SampleMessage => ({
	chain,
	block,
	log: 0,
	...more,
})
/** Unsafe blocks 1, 2 ..; cross-unsafe is the anchor. */
const chain = (...blocks: Executes[]): SampleChain => ({ blocks: blocks.map((executes) => ({ executes })) })

function stepOf(chains: Record<string, SampleChain>) {
	const view = cluster({ chains })
	return { view, step: unsafeStep(view, view.rules, A) }
}

describe('cross-unsafe (rules, section 9)', () => {
	it.each<[string, Record<string, SampleChain>, number]>([
		['without messages', { a: chain({}) }, 1],
		['one at a time', { a: { ...chain({}, {}, {}), crossUnsafe: 1 } }, 2],
		[
			'an older message of a cross-unsafe block',
			{ a: { ...chain({}, { 0: to('b') }), crossUnsafe: 1 }, b: { ...chain({}), crossUnsafe: 1 } },
			2,
		],
		['an older message of its own chain', { a: { ...chain({}, { 0: to('a') }), crossUnsafe: 1 } }, 2],
		['of the same time, cross-unsafe', { a: chain({ 0: to('b') }), b: { ...chain({}), crossUnsafe: 1 } }, 1],
		['of the same time, the next of its chain', { a: chain({ 0: to('b') }), b: chain({}) }, 1],
		[
			'with blocks that depend on each other',
			{ a: chain({ 0: to('b') }), b: chain({ 2: to('a', 1, { log: 1 }) }) },
			1,
		],
	])('goes on: %s', (_, chains, number) => {
		const { view, step } = stepOf(chains)
		expect(step).toEqual({ verdict: 'ok', head: { hash: view.block('a', number).hash, number } })
	})

	it.each<[string, SampleMessage, string, RegExp]>([
		['of the first kept block', to('b', 3), 'ok', /^$/],
		['of a gone block', to('b', 2), 'future', /being indexed/],
		['of a gone block with the time of a kept one', to('b', 2, { time: 30 }), 'conflict', /is older than 30/],
		['of the anchor', to('b', 0), 'conflict', /up to block 0/],
	])('with pruned blocks, a message %s', (_, message, verdict, reason) => {
		const executor = { ...chain({}, {}, {}, { 0: message }), crossUnsafe: 3 }
		const { step } = stepOf({ a: executor, b: { ...chain({}, {}, {}, {}), crossUnsafe: 4, keptFrom: 3 } })
		expect(step.verdict).toBe(verdict)
		expect('reason' in step ? step.reason : '').toMatch(reason)
	})

	it.each<[string, Record<string, SampleChain>, RegExp]>([
		['link check', { a: chain({ 0: to('z') }) }, /log 0 .*unknown-chain/],
		['of the anchor', { a: chain({ 0: to('b', 0) }), b: chain({}) }, /up to block 0/],
		[
			'beyond the head, which is later already',
			{ a: chain({}, { 0: to('b', 3, { time: 15 }) }), b: chain({}, {}) },
			/./,
		],
		[
			'mismatch',
			{ a: chain({ 0: to('b', 1, { wrongChecksum: true }) }), b: chain({}) },
			/log 0 of block 1 is another/,
		],
		[
			'mismatch in the closure',
			{ a: chain({ 0: to('b') }), b: chain({ 0: to('a', 1, { log: 9 }) }) },
			/log 0 of #1 0x[0-9a-f]+ of chain 2 .*no log 9/,
		],
		[
			'a cycle',
			{ a: chain({ 0: to('b', 1, { log: 1 }) }), b: chain({ 0: to('a', 1, { log: 1 }) }) },
			/cycle/,
		],
		[
			'a cycle elsewhere in the closure',
			{ a: chain({ 0: to('b') }), b: chain({ 3: to('b', 1, { log: 3 }) }) },
			/cycle/,
		],
		[
			'before a message that waits',
			{ a: chain({ 0: to('c'), 1: to('b', 1, { log: 9 }) }), b: chain({}), c: {} },
			/no log 9/,
		],
		[
			'a cycle, before one that waits',
			{ a: chain({ 0: to('c'), 1: to('a', 1, { log: 1 }) }), c: {} },
			/cycle/,
		],
		[
			'in a block of the same time that has to wait itself',
			{
				a: chain({ 0: to('b', 2, { time: 10 }) }),
				b: { blocks: [{ time: 5 }, { time: 10, executes: { 0: to('a', 1, { log: 9 }) } }] },
			},
			/log 0 of #2 0x[0-9a-f]+ of chain 2 .*no log 9/,
		],
		[
			'a cycle through such a block',
			{
				a: chain({ 0: to('b', 2, { time: 10, log: 1 }) }),
				b: { blocks: [{ time: 5 }, { time: 10, executes: { 0: to('a', 1, { log: 1 }) } }] },
			},
			/cycle/,
		],
	])('stays, for a conflict: %s', (_, chains, reason) => {
		const sample = {
			...chains,
			...(chains.a?.blocks?.length === 2 ? { a: { ...chains.a, crossUnsafe: 1 } } : {}),
		}
		expect(stepOf(sample).step).toEqual({ verdict: 'conflict', reason: expect.stringMatching(reason) })
	})

	it.each<[string, Record<string, SampleChain>, RegExp]>([
		['nothing is indexed above', { a: chain() }, /no block above/],
		[
			'the child is not on it',
			{ a: { ...chain({}, {}), crossUnsafe: 1, blocks: [{ isOtherIndexed: true }, { isNotIndexed: true }] } },
			/no block above/,
		],
		['the other chain is not indexed so far', { a: chain({ 0: to('b') }), b: {} }, /indexed up to #0/],
		[
			'an older message of a block that is not cross-unsafe',
			{ a: { ...chain({}, { 0: to('b') }), crossUnsafe: 1 }, b: chain({}) },
			/#1 .*chain 2 is not cross-unsafe/,
		],
		[
			'the same time, but not the next of its chain',
			{ a: chain({ 0: to('b', 2, { time: 10 }) }), b: { blocks: [{ time: 5 }, { time: 10 }] } },
			/#2 .*chain 2 is not cross-unsafe/,
		],
		[
			'a message of the closure waits',
			{ a: chain({ 0: to('b') }), b: chain({ 0: to('c') }), c: {} },
			/log 0 of #1 0x[0-9a-f]+ of chain 2/,
		],
	])('waits: %s', (_, chains, reason) => {
		expect(stepOf(chains).step).toEqual({ verdict: 'future', reason: expect.stringMatching(reason) })
	})
})
