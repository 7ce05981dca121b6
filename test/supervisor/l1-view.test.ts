import { describe, expect, it } from 'vitest'
import type { BlockRef } from '../../src/protocol/block.js'
import { L1View } from '../../src/supervisor/l1-view.js'
import { childOf, extend } from './sample-recording.js'

const chain = extend('l1', [], 20)
const at = (number: number): BlockRef => chain[number] ?? childOf('l1', undefined)
/** A view over a store with blocks 5 to 8. */
const view = () => new L1View((number) => (number >= 5 && number <= 8 ? at(number) : undefined))

describe('L1View', () => {
	const cases: [string, BlockRef, 'known' | 'added' | 'conflict'][] = [
		['a stored block', at(6), 'known'],
		['the next block', at(9), 'added'],
		['the block before the first', at(4), 'added'],
		['a block far above', at(15), 'added'],
		['another block at a stored number', childOf('l1', at(6), 'other'), 'conflict'],
		['a next block on another parent', childOf('l1', childOf('l1', at(7), 'other')), 'conflict'],
		['a block that is not the parent of the first', { ...at(4), hash: at(3).hash }, 'conflict'],
	]
	it.each(cases)('%s', (_, block, verdict) => {
		const l1 = view()
		expect(l1.add(block)).toBe(verdict)
		expect(l1.pending).toEqual(verdict === 'added' ? [block] : [])
	})

	it('is one view for all chains: what one has added the others know, or contradict', () => {
		const l1 = view()
		expect(l1.add(at(9))).toBe('added')
		expect(l1.add(at(9))).toBe('known')
		expect(l1.add(childOf('l1', at(8), 'other'))).toBe('conflict')
		expect(l1.add(childOf('l1', childOf('l1', at(8), 'other')))).toBe('conflict')
		expect(l1.add(at(10))).toBe('added')
		expect(l1.at(10)).toEqual(at(10))
	})

	it('forgets rows that are on disk, but not others of the same number', () => {
		const l1 = view()
		for (const number of [11, 10, 9]) l1.add(at(number))
		expect(l1.pending).toEqual([at(9), at(10), at(11)])
		l1.committed([at(9), childOf('l1', at(9), 'other')])
		expect(l1.pending).toEqual([at(10), at(11)])
	})

	it('a cut takes what is above it', () => {
		const l1 = view()
		for (const number of [9, 10, 11]) l1.add(at(number))
		l1.cut(9)
		expect(l1.pending).toEqual([at(9)])
		expect(l1.add(childOf('l1', at(9), 'other'))).toBe('added')
	})
})
