import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { answerOf, BLOCK } from './sample-answer.js'
import { agrees, kernel, specified } from './specified.js'

afterAll(() => expect(kernel.trap).toBeUndefined())

/** An answer whose one receipt has a member of this value, which is skipped. */
const withValue = (value: string | Buffer) =>
	Buffer.concat([
		Buffer.from('[{"skipped":'),
		Buffer.from(value),
		Buffer.from(`,"logs":[],"transactionIndex":"0x0","blockHash":"${BLOCK.hash}"}]`),
	])

const nested = (depth: number, open = '[', close = ']') => open.repeat(depth) + close.repeat(depth)

describe('values that are skipped', () => {
	it('are read when JSON has them', () => {
		for (const value of [
			...['0', '-0', '7', '-12', '90', '1'.repeat(10_000), 'true', 'false', 'null', '""', '[]', '{}'],
			...['[0]', '[ 1 , -2 ]', '{"a":1}', '{ "a" : [ ] , "b" : { } }', '"/\u007f\u0080\uffff"', '[[],[{}]]'],
			...[nested(16), nested(8, '{"a":[', ']}'), `"${'x'.repeat(1_000)}"`],
			...Array.from({ length: 70 }, (_, length) => `"${'x'.repeat(length)}"`),
		]) {
			expect(agrees(withValue(value), BLOCK), value).toBe(true)
			expect(agrees(withValue(` ${value}\n`), BLOCK)).toBe(true)
		}
	})

	it('are refused when JSON has not', () => {
		for (const value of [
			...[
				'',
				'-',
				'01',
				'-01',
				'+1',
				'.5',
				'1.',
				'1e',
				'0x1',
				'1 2',
				'tru',
				'truee',
				'True',
				'nul',
				'falsy',
				'fals',
			],
			...[
				'"',
				'"a',
				"'a'",
				'"\n"',
				'"\t"',
				'"\0"',
				'[',
				']',
				'[1',
				'[1,]',
				'[,1]',
				'[1 2]',
				'[1;2]',
				'{',
				'}',
			],
			...[
				'{"a"}',
				'{"a":}',
				'{a:1}',
				'{"a":1,}',
				'{,}',
				'{"a" 1}',
				'{"a":1 "b":2}',
				'{1:2}',
				'[}',
				'{]',
				'[1}',
			],
			...['"\\', '"\\x"', '"\\u12"', '1\0', '\u00a0', '\ufeff', '/**/1', 'NaN', 'Infinity', 'undefined'],
			...['[1]]', '{}}', '[[1]', '{"a":{}', '"a"b', '1,', ',1', 'true false', '-true', '--1', '\v1', '\f1'],
		]) {
			expect(() => JSON.parse(withValue(value).toString()), value).toThrow()
			expect(kernel.scan(withValue(value), BLOCK), value).toBeUndefined()
		}
	})

	it('may be left to the decoder', () => {
		for (const value of [
			'1.5',
			'1e5',
			'-0.1E+3',
			'"\\n"',
			'"\\u0041"',
			nested(17),
			nested(9, '{"a":[', ']}'),
		]) {
			expect(kernel.scan(withValue(value), BLOCK), value).toBeUndefined()
			expect(specified(withValue(value), BLOCK)?.logCount).toBe(0)
		}
	})

	it('may nest as deep as they like', () => {
		for (const [open, close] of [
			['[', ']'],
			['{"a":', '}'],
			['[{"a":', '}]'],
		] as const) {
			for (const depth of [20, 1_000, 1_000_000]) {
				expect(kernel.scan(withValue(nested(depth, open, close)), BLOCK)).toBeUndefined()
				expect(kernel.scan(withValue(open.repeat(depth)), BLOCK)).toBeUndefined()
			}
		}
	})

	it('may hold any bytes of other encodings in strings', () => {
		fc.assert(
			fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
				const plain = bytes.every((byte) => byte >= 0x20 && byte !== 0x22 && byte !== 0x5c)
				const value = Buffer.concat([Buffer.from('"'), bytes, Buffer.from('"')])
				expect(agrees(withValue(value), BLOCK)).toBe(plain)
			}),
			{ numRuns: 2_000 },
		)
	})
})

describe('texts of other kinds', () => {
	it('are refused, whatever lay in memory before', () => {
		const good = answerOf([{ topics: 2, data: 100 }])
		fc.assert(
			fc.property(fc.oneof(fc.json(), fc.string(), fc.string({ unit: 'binary' })), (text) => {
				expect(kernel.scan(good, BLOCK)?.logCount).toBe(1)
				agrees(Buffer.from(text), BLOCK)
			}),
			{ numRuns: 2_000 },
		)
	})

	it('are refused with bytes of good ones in any order', () => {
		const pieces = answerOf([{ topics: 1, data: 5 }])
			.toString()
			.split(/(?<=[{}[\],:"])/)
		fc.assert(
			fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 60 }), (some) => {
				agrees(Buffer.from(some.join('')), BLOCK)
			}),
			{ numRuns: 3_000 },
		)
	})
})
