import { describe, expect, it } from 'vitest'
import { blocksInCycles, type Execute } from '../../src/safety/cycle.js'

/** `a2<b1`: log 2 of block a executes log 1 of block b. */
function messages(text: string): Execute<string>[] {
	return text.split(' ').map((one) => {
		const [executing, initiating] = one.split('<').map((place) => ({
			block: place.slice(0, 1),
			logIndex: Number(place.slice(1)),
		}))
		if (executing === undefined || initiating === undefined) throw new Error(`no message: ${one}`)
		return { executing, initiating }
	})
}

describe('blocks in cycles (rules, section 6.2)', () => {
	it.each([
		['over two blocks', 'a0<b1 b0<a1', 'ab'],
		['over two blocks, log by log', 'a0<b0 b0<a0', 'ab'],
		['over three', 'a0<b1 b0<c1 c0<a1', 'abc'],
		['over four', 'a0<b1 b0<c1 c0<d1 d0<a1', 'abcd'],
		['within a block: a later log', 'a0<a1', 'a'],
		['within a block: far behind it', 'a3<a90', 'a'],
		['a message that names itself', 'a4<a4', 'a'],
		['two at a time', 'a0<b1 b0<a1 c0<d1 d0<c1', 'abcd'],
		['that share a block', 'a0<b1 b0<a1 a2<c3 c2<a3', 'abc'],
		['of only some of the blocks', 'a0<b1 b0<a1 c0<a2', 'ab'],
		['through logs between', 'a0<b9 b0<a9 a4<c0 c5<b4', 'ab'],
	])('%s: %s', (_, text, blocks) => {
		expect([...blocksInCycles(messages(text))].sort().join('')).toBe(blocks)
	})

	it.each([
		['none at all', 'a0<b0 b1<c0 c1<d0'],
		['an earlier log of the block', 'a1<a0'],
		['both ways, but one after the other', 'a0<b0 b1<a1'],
		['a ring that does not close: each log is before', 'a1<c0 b1<a0 c1<b0'],
		['a diamond', 'b0<a0 c0<a1 d0<b1 d1<c1'],
	])('%s: %s', (_, text) => {
		expect(blocksInCycles(messages(text)).size).toBe(0)
	})

	it.each([
		['before a cycle', 'a0<b1 b0<a1 a2<c0 b2<c1', 'ab'],
		['behind one', 'a0<b1 b0<a1 c0<a3 c1<b3', 'ab'],
		['between two', 'a0<b1 b0<a1 c0<a9 d0<e1 e0<d1 d2<c1', 'abde'],
	])('a block %s is on none: %s', (_, text, blocks) => {
		expect([...blocksInCycles(messages(text))].sort().join('')).toBe(blocks)
	})

	it('takes a chain of 50,000 messages without a deep stack, and their number of steps', () => {
		const count = 50_000
		const chain: Execute<number>[] = []
		for (let block = 1; block < count; block++)
			chain.push({ initiating: { block: block - 1, logIndex: 1 }, executing: { block, logIndex: 0 } })
		expect(blocksInCycles(chain).size).toBe(0)
		chain.push({ initiating: { block: count - 1, logIndex: 1 }, executing: { block: 0, logIndex: 0 } })
		expect(blocksInCycles(chain).size).toBe(count)
	})
})
