import { describe, expect, it } from 'vitest'
import type { BlockRef } from '../../src/protocol/block.js'
import { parseHash } from '../../src/protocol/hash.js'
import { judgeLink } from '../../src/supervisor/link-rules.js'

/** Block `number` of a branch; its parent is of the same branch unless told otherwise. */
function block(layer: 'l1' | 'l2', number: number, branch = 'a', parentBranch = branch): BlockRef {
	const hash = (of: string, at: number) =>
		parseHash(`0x${Buffer.from(`${layer}${of}${at}`.padEnd(32, '.')).toString('hex')}`, 'hash')
	return {
		hash: hash(branch, number),
		number,
		parentHash: hash(parentBranch, number - 1),
		timestamp: 1000 + 2 * number,
	}
}

const last = { source: block('l1', 10), derived: block('l2', 20) }
const l1 = (number: number, branch?: string, parent?: string) => block('l1', number, branch, parent)
const l2 = (number: number, branch?: string, parent?: string) => block('l2', number, branch, parent)

describe('judgeLink', () => {
	const cases: [string, BlockRef, BlockRef, string][] = [
		['the same pair again', l1(10), l2(20), 'repeat'],
		['the next L1 block, same L2 block', l1(11), l2(20), 'new-source'],
		['the next L2 block, same L1 block', l1(10), l2(21), 'new-derived'],
		['both advance', l1(11), l2(21), 'out-of-order'],
		['an older L1 block with the last L2 block: the node walks again', l1(3), l2(20), 'traversed-again'],
		['an older L1 block with the next L2 block', l1(9), l2(21), 'out-of-order'],
		['an older L2 block, whatever its source', l1(4), l2(7), 'behind'],
		['an older L2 block of another branch', l1(10), l2(19, 'b'), 'behind'],
		['another block at the local-safe head', l1(10), l2(20, 'b'), 'other-derived'],
		['a next L2 block on another parent', l1(10), l2(21, 'b'), 'conflict'],
		['another L1 block at the last source', l1(10, 'b'), l2(20), 'conflict'],
		['a next L1 block on another parent', l1(11, 'b'), l2(20), 'conflict'],
		['an L2 block too far ahead', l1(10), l2(22), 'gap'],
		['an L1 block too far ahead', l1(12), l2(20), 'gap'],
		['a next L2 block that is not later than its parent', l1(10), { ...l2(21), timestamp: 1040 }, 'conflict'],
	]
	it.each(cases)('%s', (_, source, derived, kind) => {
		expect(judgeLink(last, { source, derived }).kind).toBe(kind)
	})
})
