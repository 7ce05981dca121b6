import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type JsonValue, parseJsonDocument } from '../../src/config/json-document.js'

/** The value as `JSON.parse` has it. */
function plain(value: JsonValue): unknown {
	if (value instanceof Map) {
		// Defining the members keeps one that is called `__proto__`.
		return Object.fromEntries([...value].map(([key, member]) => [key, plain(member)]))
	}
	if (Array.isArray(value)) return value.map(plain)
	return typeof value === 'bigint' ? Number(value) : value
}

describe('JSON documents', () => {
	test('are read as JSON.parse reads them', () => {
		fc.assert(
			fc.property(fc.json(), fc.constantFrom('', '\t', '\n  '), (json, indent) => {
				const text = JSON.stringify(JSON.parse(json), null, indent)
				expect(plain(parseJsonDocument(text))).toEqual(JSON.parse(text))
			}),
		)
	})

	test('whole numbers keep their digits, and nesting has an end', () => {
		expect(parseJsonDocument('[18446744073709551615, 9007199254740991, -3, 1.5, "\\u00e9\\n"]')).toEqual([
			18446744073709551615n,
			9007199254740991,
			-3,
			1.5,
			'é\n',
		])
		expect(() => parseJsonDocument('['.repeat(100_000))).toThrow('at most 64 levels')
	})

	test('what follows the first value is not looked at', () => {
		expect(parseJsonDocument('{} trailing')).toEqual(new Map())
	})

	test.each(['{"a" 1}', '{a:1}', '[1,]', '"\n"', '"open', '-', 'nul', '{"a":1,}', '\u00a01', ''])(
		'%j is refused',
		(text) => {
			expect(() => parseJsonDocument(text)).toThrow(/^expected /)
		},
	)
})
