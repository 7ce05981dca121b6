import fc from 'fast-check'
import { expect, it } from 'vitest'
import { HeaderCache } from '../../src/l1/header-cache.js'
import type { BlockRef } from '../../src/protocol/block.js'
import { parseHash } from '../../src/protocol/hash.js'

/** Blocks of three branches: each block's parent is of its own branch or of another. */
function block(number: number, branch: number, parentBranch: number): BlockRef {
	return { number, hash: hash(number, branch), parentHash: hash(number - 1, parentBranch), timestamp: number }
}

function hash(number: number, branch: number) {
	return parseHash(`0x${`${number + 1}`.padStart(63, '0')}${branch}`, 'hash')
}

it('holds only headers that fit their neighbours, never more than it may, and those near the tip', () => {
	const step = fc.oneof(
		fc.record({ add: fc.tuple(fc.nat(30), fc.nat(2), fc.nat(2)) }),
		fc.record({ dropAbove: fc.nat(30) }),
		fc.record({ use: fc.nat(30) }),
	)
	fc.assert(
		fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
			const cache = new HeaderCache(12)
			cache.keepFrom(25)
			const kept = new Set<number>()
			for (const next of steps) {
				if ('add' in next) {
					const header = block(...next.add)
					const conflict = cache.add(header)
					if (conflict === undefined && header.number >= 25) kept.add(header.number)
				} else if ('dropAbove' in next) {
					cache.dropAbove(next.dropAbove)
					for (const number of kept) if (number > next.dropAbove) kept.delete(number)
				} else {
					cache.use(next.use)
				}
				expect(cache.size).toBeLessThanOrEqual(12)
				for (let number = 1; number <= 30; number++) {
					const header = cache.get(number)
					const parent = cache.get(number - 1)
					if (header !== undefined && parent !== undefined) expect(header.parentHash).toBe(parent.hash)
				}
				for (const number of kept) expect(cache.has(number)).toBe(true)
			}
		}),
	)
})
