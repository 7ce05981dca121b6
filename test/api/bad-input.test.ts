import { beforeEach, describe, expect, test } from 'vitest'
import { exchange, postRequest, statusOf } from './raw-client.js'
import { type ServedStore, servedStore } from './served-store.js'

let served: ServedStore
beforeEach(async () => {
	served = await servedStore()
})

const GOOD = '{"jsonrpc":"2.0","id":1,"method":"supervisor_localUnsafe","params":["10"]}'
const LOOKUP = `0x01${'0'.repeat(62)}`
const HUGE = '9'.repeat(400)

async function expectServed(): Promise<void> {
	expect(await exchange(served.server.port, postRequest(GOOD))).toContain('"result":{"hash":')
}

describe('parameters', () => {
	const access = (entries: string, level = '"unsafe"', descriptor = '{"timestamp":"0x1"}') =>
		`{"jsonrpc":"2.0","id":1,"method":"supervisor_checkAccessList","params":[${entries},${level},${descriptor}]}`
	const block = (value: string) =>
		`{"jsonrpc":"2.0","id":1,"method":"supervisor_crossDerivedToSource","params":["10",${value}]}`
	const time = (value: string) =>
		`{"jsonrpc":"2.0","id":1,"method":"supervisor_superRootAtTimestamp","params":[${value}]}`
	const chain = (value: string) =>
		`{"jsonrpc":"2.0","id":1,"method":"supervisor_localUnsafe","params":[${value}]}`
	const hash = `"0x${'1'.repeat(64)}"`

	test.each([
		['a chain ID as number', chain('10'), -32602],
		['a negative chain ID', chain('"-10"'), -32602],
		['a chain ID of 400 digits', chain(`"${HUGE}"`), -32602],
		['a chain ID with a fraction', chain('"10.5"'), -32602],
		['a chain ID in scientific notation', chain('"1e1"'), -32602],
		['an empty chain ID', chain('""'), -32602],
		['a chain ID of a megabyte', chain(`"${'1'.repeat(1_000_000)}"`), -32602],
		['an object as chain ID', chain('{"toString":"10"}'), -32602],
		['a chain ID with other digits', chain('"١٠"'), -32602],
		['a list instead of a hash', access('[[]]'), -32602],
		['an object instead of a list', access('{"length":1}'), -32602],
		['text instead of a list', access(`"${LOOKUP}"`), -32602],
		['null in a list', access('[null]'), -32602],
		['a hash without 0x', access(`["${'0'.repeat(64)}"]`), -32602],
		['a hash of 31 bytes', access(`["0x${'0'.repeat(62)}"]`), -32602],
		['a hash of 33 bytes', access(`["0x${'0'.repeat(66)}"]`), -32602],
		['a hash that is no hex', access(`["0x${'g'.repeat(64)}"]`), -32602],
		['a lookup alone', access(`["${LOOKUP}"]`), -32602],
		['10,000 lookups', access(`[${Array(10_000).fill(`"${LOOKUP}"`).join(',')}]`), -32602],
		['a level that is none', access('[]', '"SAFE"'), -32602],
		['a level of the prototype', access('[]', '"__proto__"'), -32602],
		['a number as level', access('[]', '3'), -32602],
		['the level invalid', access('[]', '"invalid"'), -32602],
		['a time as number', access('[]', '"safe"', '{"timestamp":1}'), -32602],
		['a time of more than 64 bits', access('[]', '"safe"', '{"timestamp":"0x10000000000000000"}'), -32602],
		['a negative time', access('[]', '"safe"', '{"timestamp":"-0x1"}'), -32602],
		['a time with leading zeros', access('[]', '"safe"', '{"timestamp":"0x01"}'), -32602],
		['a list as descriptor', access('[]', '"safe"', '[]'), -32602],
		['a negative block number', block(`{"hash":${hash},"number":-1}`), -32602],
		['minus zero', block(`{"hash":${hash},"number":-0}`), -32602],
		['a block number with a fraction', block(`{"hash":${hash},"number":1.5}`), -32602],
		['a block number beyond 2^53', block(`{"hash":${hash},"number":9007199254740993}`), -32602],
		['a block number beyond all numbers', block(`{"hash":${hash},"number":1e999}`), -32602],
		['a block number as text', block(`{"hash":${hash},"number":"1"}`), -32602],
		['a block without hash', block('{"number":1}'), -32602],
		['a block that is null', block('null'), -32602],
		['NaN', block(`{"hash":${hash},"number":NaN}`), -32700],
		['Infinity', block(`{"hash":${hash},"number":Infinity}`), -32700],
		['a time of a super root as number', time('1'), -32602],
		['a time of a super root as empty hex', time('"0x"'), -32602],
		['too many parameters', chain('"10","10"'), -32602],
	])('%s', async (_what, body, code) => {
		const text = await exchange(served.server.port, postRequest(body))
		expect(statusOf(text)).toBe(200)
		const answer = JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4))
		expect(answer).toMatchObject({ jsonrpc: '2.0', error: { code, message: expect.any(String) } })
		expect(answer.error.message.length).toBeLessThan(400)
		expect(answer.error.message).not.toMatch(/node_modules|\.ts:|\.js:|internal/)
		await expectServed()
	})

	test('of a key that is there twice the last one counts', async () => {
		const body = GOOD.replace('"params":["10"]', '"params":["7"],"params":["10"]')
		expect(await exchange(served.server.port, postRequest(body))).toContain('"result":{"hash":')
	})

	test('the greatest values of all are no fault', async () => {
		for (const method of ['supervisor_superRootAtTimestamp', 'superroot_atTimestamp']) {
			const body = `{"jsonrpc":"2.0","id":1,"method":"${method}","params":["0xffffffffffffffff"]}`
			expect(statusOf(await exchange(served.server.port, postRequest(body)))).toBe(200)
		}
		const most = `0x01000000${'f'.repeat(56)}`
		const body = access(
			`["${most}","0x03${'f'.repeat(62)}"]`,
			'"finalized"',
			'{"timestamp":"0xffffffffffffffff","timeout":"0xffffffffffffffff"}',
		)
		expect(await exchange(served.server.port, postRequest(body))).toMatch(/"code":-320501/)
	})

	test('a batch of ten megabytes is refused, with little memory', async () => {
		const before = process.memoryUsage().rss
		const batch = `[${Array(140_000).fill(GOOD).join(',')}]`
		for (let i = 0; i < 5; i++) {
			const text = await exchange(served.server.port, postRequest(batch), { end: false })
			// The client may still be sending when it is cut off: then nothing may arrive.
			expect([0, 413]).toContain(statusOf(text))
		}
		await expectServed()
		expect(process.memoryUsage().rss - before).toBeLessThan(300 * 2 ** 20)
	})
})

describe('shapes of HTTP', () => {
	const inner = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'
	const head = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n'

	test.each([
		['two lengths', `${head}Content-Length: 0\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`],
		[
			'a length and chunks',
			`${head}Content-Length: ${inner.length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${inner}`,
		],
		[
			'chunks and a length',
			`${head}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n${inner}`,
		],
		['an unknown transfer encoding', `${head}Transfer-Encoding: xchunked\r\n\r\n${inner}`],
		['chunked that is not the last', `${head}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${inner}`],
		[
			'two transfer encodings',
			`${head}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n${inner}`,
		],
		['a negative length', `${head}Content-Length: -1\r\n\r\n${inner}`],
		['a length with a plus', `${head}Content-Length: +5\r\n\r\nhello${inner}`],
		['a length as hex', `${head}Content-Length: 0x5\r\n\r\nhello${inner}`],
		['a length with a list', `${head}Content-Length: 5, 5\r\n\r\nhello${inner}`],
		['a space before the colon', `${head}Content-Length : 5\r\n\r\nhello${inner}`],
		['a folded line', `${head}X: a\r\n b\r\nContent-Length: 0\r\n\r\n${inner}`],
		['a bare carriage return', `${head}X: a\rContent-Length: 9\r\n\r\n${inner}`],
		['a zero byte in the head', `${head}X: a\0b\r\nContent-Length: 0\r\n\r\n${inner}`],
		['a chunk size that is no number', `${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n${inner}`],
		[
			'a chunk size that overflows',
			`${head}Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n\r\n${inner}`,
		],
		[
			'a chunk longer than it says',
			`${head}Transfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n${inner}`,
		],
		['no version', `POST /\r\n\r\n${inner}`],
		['a version that is none', `POST / HTTP/9.9\r\nHost: x\r\n\r\n${inner}`],
		['a method that is none', `PWN / HTTP/1.1\r\nHost: x\r\n\r\n${inner}`],
		['spaces in the path', `POST / / HTTP/1.1\r\nHost: x\r\n\r\n${inner}`],
		['no host', `POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n${inner}`],
		['bytes of TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
		['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
	])('%s: refused, and what is behind it is not served', async (_what, bytes) => {
		const text = await exchange(served.server.port, Buffer.from(bytes, 'latin1'))
		expect(text).toMatch(/^HTTP\/1\.1 [45]\d\d /)
		expect(text).not.toContain('"status":"ok"')
		await expectServed()
	})

	test('what comes after a close of the sending side is still answered', async () => {
		expect(statusOf(await exchange(served.server.port, postRequest(GOOD), { end: true }))).toBe(200)
	})

	test('half a request and a close: nothing is answered but a refusal', async () => {
		const request = postRequest(GOOD)
		for (const length of [1, 20, request.length - 30, request.length - 1]) {
			const text = await exchange(served.server.port, request.subarray(0, length))
			expect(text).toMatch(/^(HTTP\/1\.1 400 |$)/)
		}
		await expectServed()
	})

	test('a thousand requests in one write are all answered, in order', async () => {
		const one = (id: number, last: boolean) => {
			const body = GOOD.replace('"id":1', `"id":${id}`)
			return `${head}Content-Length: ${body.length}\r\n${last ? 'Connection: close\r\n' : ''}\r\n${body}`
		}
		const bytes = Array.from({ length: 1_000 }, (_, id) => one(id, id === 999)).join('')
		const text = await exchange(served.server.port, bytes, { end: false })
		const ids = [...text.matchAll(/"id":(\d+)/g)].map(([, id]) => Number(id))
		expect(ids).toEqual(Array.from({ length: 1_000 }, (_, id) => id))
	})
})
