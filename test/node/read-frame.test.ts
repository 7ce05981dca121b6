import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readFrame } from '../../src/node/read-frame.js'

const LONG = 'x'.repeat(2_000)

function read(text: string) {
	return readFrame(Buffer.from(text))
}

test.each([
	['small, as go-ethereum writes it', '{"jsonrpc":"2.0","id":7,"result":"0x1"}\n', { id: 7, result: '0x1' }],
	['another order', '{"result":[1],"id":7,"jsonrpc":"2.0"}', { id: 7, result: [1] }],
	['spaces', ' { "jsonrpc" : "2.0" , "id" : 7 , "result" : null } ', { id: 7, result: null }],
	['a null error beside the result', '{"id":7,"result":1,"error":null}', { id: 7, result: 1 }],
	['large, another order', `{"result":"${LONG}","id":7}`, { id: 7, result: LONG }],
	['large, spaces', `{"jsonrpc": "2.0", "id": 7, "result": "${LONG}"}`, { id: 7, result: LONG }],
])('an answer is read: %s', (_name, text, expected) => {
	expect(read(text)).toEqual({ kind: 'result', ...expected })
})

test.each(['}', '}\n', '} \r\n\t'])(
	'a large answer in the usual order is routed without parsing, ending %j',
	(end) => {
		expect(read(`{"jsonrpc":"2.0","id":123456789012345,"result":"${LONG}"${end}`)).toEqual({
			kind: 'unparsed-result',
			id: 123456789012345,
		})
	},
)

test('an error is read, small and large, and beside a null result', () => {
	const error = { code: -32000, message: LONG }
	const text = JSON.stringify(error)
	for (const frame of [
		`{"jsonrpc":"2.0","id":7,"error":${text}}`,
		`{"jsonrpc":"2.0","id":7,"result":null,"error":${text}}`,
		`{"error":${text},"id":7}`,
	]) {
		expect(read(frame)).toEqual({ kind: 'error', id: 7, error })
	}
})

test.each([
	['nothing', ''],
	['no JSON', 'hello'],
	['a number', '42'],
	['null', 'null'],
	['an empty object', '{}'],
	['a method that is no string', '{"method":5}'],
	['a request', '{"id":1,"method":"eth_chainId"}'],
	['an empty batch', '[]'],
	['a batch of other things', '[{"id":1,"result":2},3]'],
])('%s is malformed', (_name, text) => {
	expect(read(text)).toMatchObject({ kind: 'malformed' })
	expect(read(text)).not.toHaveProperty('id')
})

test('half an answer still names its call, small and large', () => {
	expect(read('{"jsonrpc":"2.0","id":7,"result":"0x')).toMatchObject({ kind: 'malformed', id: 7 })
	expect(read(`{"jsonrpc":"2.0","id":7,"result":"${LONG}`)).toMatchObject({ kind: 'malformed', id: 7 })
})

test('a large frame of any JSON value reads as if it were parsed whole', () => {
	fc.assert(
		fc.property(
			fc.jsonValue(),
			fc.integer({ min: 1, max: 2 ** 53 - 1 }),
			fc.boolean(),
			(value, id, usual) => {
				const padded = { value, padding: LONG }
				const text = usual
					? `{"jsonrpc":"2.0","id":${id},"result":${JSON.stringify(padded)}}`
					: JSON.stringify({ id, result: padded })
				const frame = read(text)
				const result = JSON.parse(JSON.stringify(padded))
				if (frame.kind === 'unparsed-result') expect(frame.id).toBe(id)
				else expect(frame).toEqual({ kind: 'result', id, result })
				expect(frame.kind === 'unparsed-result').toBe(usual && id < 1e15)
			},
		),
	)
})

test('any bytes are read without throwing', () => {
	const head = '{"jsonrpc":"2.0","id":1,"result":'
	fc.assert(
		fc.property(fc.uint8Array({ maxLength: 3_000 }), fc.boolean(), (bytes, withHead) => {
			const frame = readFrame(Buffer.concat([Buffer.from(withHead ? head : ''), bytes]))
			expect(typeof frame.kind).toBe('string')
		}),
	)
})

test('every cut of an answer is malformed', () => {
	const text = `{"jsonrpc":"2.0","id":7,"result":{"a":["b",{}],"c":1}}`
	for (let length = 0; length < text.length; length++) {
		expect(read(text.slice(0, length)).kind).toBe('malformed')
	}
})
