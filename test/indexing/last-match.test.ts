import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findLastMatch, findLastMatchAbove } from '../../src/indexing/last-match.js'

describe('findLastMatch', () => {
	it('finds the highest match, or nothing, in few questions', async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.nat({ max: 5_000 }),
				fc.nat({ max: 5_000 }),
				fc.integer({ min: -1, max: 10_000 }),
				async (from, length, last) => {
					const to = from + length
					let questions = 0
					const found = await findLastMatch({ from, to }, async (number) => {
						questions++
						expect(number).toBeGreaterThanOrEqual(from)
						expect(number).toBeLessThanOrEqual(to)
						return number <= last ? number : undefined
					})
					expect(found).toBe(last < from ? undefined : Math.min(last, to))
					expect(questions).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(length + 2)) + 2)
				},
			),
		)
	})

	it('asks for the top first: most reorgs are short', async () => {
		const asked: number[] = []
		await findLastMatch({ from: 0, to: 1_000 }, async (number) => {
			asked.push(number)
			return number <= 1_000 ? number : undefined
		})
		expect(asked).toEqual([1_000])
	})
})

describe('findLastMatchAbove', () => {
	it('finds how far a chain goes without knowing its end', async () => {
		await fc.assert(
			fc.asyncProperty(fc.nat({ max: 1_000 }), fc.integer({ min: -1, max: 100_000 }), async (from, last) => {
				const found = await findLastMatchAbove(from, async (number) => (number <= last ? number : undefined))
				expect(found).toBe(last < from ? undefined : last)
			}),
		)
	})
})
