import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MalformedValueError } from '../../src/protocol/errors.js'
import { parseJson } from '../../src/protocol/parse-json.js'

describe('parseJson', () => {
	it.each([
		'1.0',
		'[1e3]',
		'{"number":1E3}',
		'{"a":"x","number":1.5}',
		'9007199254740992',
		'[18446744073709551615]',
		'-9007199254740992',
		'-0',
		'{"s":"\\\\","n":1.0}',
		'{"s":"\\"","n":2e1}',
		'',
		'{',
		'{"a":1}}',
		'nul',
	])('refuses %s', (text) => {
		expect(() => parseJson(text)).toThrow(MalformedValueError)
	})

	it.each([
		'9007199254740991',
		'-9007199254740991',
		'[0,10,-32000,true,false,null]',
		'{"number":"1e3","s":"1.0 \\" 1.0","18446744073709551615":-1}',
		'"\\\\\\" 1.5"',
		'{"a":"\\\\","b":"-0"}',
	])('reads %s', (text) => {
		expect(parseJson(text)).toEqual(JSON.parse(text))
	})

	it('reads whatever JSON.stringify writes of integers and strings, with any escapes and spacing', () => {
		const tricky = fc.string({ unit: fc.constantFrom('"', '\\', '1', '.', 'e', '-', '0', '\n', ' ', 'é') })
		const value = fc.letrec((tie) => ({
			node: fc.oneof(
				{ maxDepth: 4 },
				tricky,
				fc.maxSafeInteger().map((n) => n + 0),
				fc.boolean(),
				fc.constant(null),
				fc.array(tie('node'), { maxLength: 4 }),
				fc.dictionary(tricky, tie('node'), { maxKeys: 4 }),
			),
		})).node
		fc.assert(
			fc.property(value, fc.constantFrom(0, 1, '\t'), (value, space) => {
				const text = JSON.stringify(value, undefined, space)
				expect(parseJson(text)).toEqual(JSON.parse(text))
			}),
		)
	})

	it('finds an inexact number behind any string', () => {
		const tricky = fc.string({ unit: fc.constantFrom('"', '\\', '1', '.', 'e') })
		fc.assert(
			fc.property(tricky, tricky, (a, b) => {
				expect(() => parseJson(`{${JSON.stringify(a)}:[${JSON.stringify(b)},1e0]}`)).toThrow(
					MalformedValueError,
				)
			}),
		)
	})
})
