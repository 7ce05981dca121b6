import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Backoff } from '../../src/node/backoff.js'

test('every delay lies between zero and the ceiling of its attempt, which never exceeds the cap', () => {
	const random = fc.double({ min: 0, max: 1, noNaN: true })
	fc.assert(
		fc.property(fc.array(random, { minLength: 1, maxLength: 50 }), (randoms) => {
			let at = 0
			const backoff = new Backoff({ minDelayMs: 100, maxDelayMs: 10_000 }, { random: () => randoms[at] ?? 0 })
			for (; at < randoms.length; at++) {
				const ceiling = Math.min(10_000, 100 * 2 ** at)
				expect(backoff.next()).toBe(Math.round((randoms[at] ?? 0) * ceiling))
			}
		}),
	)
})
