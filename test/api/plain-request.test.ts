import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net'
import { text } from 'node:stream/consumers'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PlainRequests } from '../../src/api/plain-request.js'
import { DEFAULT_RPC_LIMITS } from '../../src/api/rpc-limits.js'
import { afterTest } from '../supervisor/cleanup.js'
import { withDeadline } from '../supervisor/deadline.js'

const BODY = '{"jsonrpc":"2.0","id":1,"method":"supervisor_localUnsafe","params":["10"]}'

/** As Go's `net/http` sends it, for op-geth and op-node. */
const GO = [
	'Host: vigil:8545',
	'User-Agent: Go-http-client/1.1',
	`Content-Length: ${BODY.length}`,
	'Accept: application/json',
	'Content-Type: application/json',
	'Accept-Encoding: gzip',
]

/** As hyper sends it, for clients in Rust. */
const HYPER = [
	'content-type: application/json',
	'accept: */*',
	'host: vigil',
	`content-length: ${BODY.length}`,
]

const requestOf = (lines: readonly string[], body = BODY) =>
	Buffer.from(`POST / HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`, 'latin1')

/** Undefined for what is Node's. */
function read(bytes: Buffer, requests = new PlainRequests(DEFAULT_RPC_LIMITS)) {
	const request = requests.read(bytes)
	if (request === 'more') return request
	if (!Buffer.isBuffer(request)) return { host: request.host, body: request.body.toString() }
	expect(request).toEqual(bytes)
	return undefined
}

test.each([
	['Go', GO],
	['hyper', HYPER],
	['a charset', GO.map((line) => line.replace(/json$/, 'json; charset=utf-8'))],
	['no space behind colons', GO.map((line) => line.replace(': ', ':'))],
	['keep-alive', [...GO, 'Connection: keep-alive']],
])('is read: %s', (_what, lines) => {
	expect(read(requestOf(lines))).toMatchObject({ body: BODY })
})

test('is read: what fetch sends', async () => {
	const server = createTcpServer().listen(0, '127.0.0.1')
	await once(server, 'listening')
	afterTest(() => server.close())
	const sent = once(server, 'connection').then(async ([socket]) => {
		let bytes = Buffer.alloc(0)
		while (!bytes.includes(BODY)) bytes = Buffer.concat([bytes, (await once(socket, 'data'))[0]])
		socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')
		return bytes
	})
	const { port } = server.address() as AddressInfo
	const headers = { 'content-type': 'application/json' }
	await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers, body: BODY })
	expect(read(await sent)).toMatchObject({ host: `127.0.0.1:${port}` })
})

const without = (name: string) => GO.filter((line) => !line.startsWith(name))

test.each([
	['half a head', Buffer.from('POST / HTTP/1.1\r\nHost: x\r\n')],
	['more than a body', requestOf(GO, `${BODY} `)],
	['two requests', Buffer.concat([requestOf(GO), requestOf(GO)])],
	['an empty body', requestOf([...without('Content-Length'), 'Content-Length: 0'], '')],
	['no host', requestOf(without('Host'))],
	['two hosts', requestOf([...GO, 'host: y'])],
	['no length', requestOf(without('Content-Length'))],
	['two lengths', requestOf([...GO, `Content-Length: ${BODY.length}`])],
	['a signed length', requestOf([...without('Content-Length'), `Content-Length: +${BODY.length}`])],
	['a hexadecimal length', requestOf([...without('Content-Length'), 'Content-Length: 0x4b'])],
	['a list of lengths', requestOf([...without('Content-Length'), `Content-Length: ${BODY.length}, 5`])],
	['chunks', requestOf([...GO, 'Transfer-Encoding: chunked'])],
	['chunks, in an odd form', requestOf([...GO, 'Transfer-Encoding : chunked'])],
	['a folded line', requestOf([...GO, 'X: 1\r\n  Transfer-Encoding: chunked'])],
	['a bare line feed', requestOf([...GO, 'X: 1\nTransfer-Encoding: chunked'])],
	['a bare carriage return', requestOf([...GO, 'X: 1\rTransfer-Encoding: chunked'])],
	['a zero byte', requestOf([...GO, 'X: \0'])],
	['a byte beyond ASCII', requestOf([...GO, 'X: \xe9'])],
	['an end of the connection', requestOf([...GO, 'Connection: close'])],
	['another protocol', requestOf([...GO, 'Connection: keep-alive, Upgrade', 'Upgrade: h2c'])],
	['a token', requestOf([...GO, 'Authorization: Bearer x'])],
	['a page', requestOf([...GO, 'Origin: http://localhost'])],
	['an expectation', requestOf([...GO, 'Expect: 100-continue'])],
	['another type', requestOf([...without('Content-Type'), 'Content-Type: text/plain'])],
	['another method', Buffer.from(requestOf(GO).toString().replace('POST', 'PUT'))],
	['another path', Buffer.from(requestOf(GO).toString().replace('POST / ', 'POST /x '))],
	['an older version', Buffer.from(requestOf(GO).toString().replace('HTTP/1.1', 'HTTP/1.0'))],
	['a head of more than 2 KB', requestOf([...GO, `X: ${'x'.repeat(2_048)}`])],
	['more than 100 lines', requestOf([...GO, ...Array.from({ length: 100 }, (_, i) => `X${i}: 1`)])],
])('is left to Node: %s', (_what, bytes) => {
	expect(read(bytes)).toBeUndefined()
})

test('a head that was left to Node, or taken, counts for itself alone', () => {
	const requests = new PlainRequests(DEFAULT_RPC_LIMITS)
	for (let i = 0; i < 2; i++) {
		expect(read(requestOf(GO), requests)).toEqual({ host: 'vigil:8545', body: BODY })
		expect(read(requestOf(GO, `${BODY} `), requests)).toBeUndefined()
		expect(read(requestOf(without('Host')), requests)).toBeUndefined()
		expect(read(requestOf(without('Host')), requests)).toBeUndefined()
		expect(read(requestOf(HYPER), requests)).toMatchObject({ host: 'vigil' })
	}
})

test('a body may come in two pieces, cut anywhere', () => {
	const bytes = requestOf(GO)
	const requests = new PlainRequests(DEFAULT_RPC_LIMITS)
	for (let cut = bytes.length - BODY.length; cut < bytes.length; cut++) {
		expect(read(bytes.subarray(0, cut), requests)).toBe('more')
		expect(requests.isWaiting).toBe(true)
		expect(read(bytes.subarray(cut), requests)).toEqual({ host: 'vigil:8545', body: BODY })
		expect(requests.isWaiting).toBe(false)
	}
})

test.each([
	['three pieces', requestOf(GO), [-20, -10]],
	['a piece of the head', requestOf(GO), [30]],
	['a second piece that goes beyond the end', Buffer.concat([requestOf(GO), requestOf(GO)]), [-100]],
	[
		'a large body',
		requestOf([...without('Content-Length'), 'Content-Length: 16385'], 'x'.repeat(16_385)),
		[-5],
	],
])('is left to Node with all that came: %s', (_what, bytes, cuts) => {
	const requests = new PlainRequests(DEFAULT_RPC_LIMITS)
	const ends = [...cuts, bytes.length].map((cut) => (cut < 0 ? bytes.length + cut : cut))
	let from = 0
	for (const end of ends) {
		const read = requests.read(bytes.subarray(from, end))
		if (read !== 'more') return expect(read).toEqual(bytes.subarray(0, end))
		from = end
	}
	expect.fail('nothing is left to Node')
})

/** Lines of a head, some of which are dangerous, in any order, damaged here and there. */
const line = fc.oneof(
	{ weight: 12, arbitrary: fc.constantFrom(...GO, ...HYPER) },
	{
		weight: 2,
		arbitrary: fc.constantFrom(
			...['Transfer-Encoding: chunked', 'transfer-encoding:identity', 'Connection: close', 'Upgrade: h2c'],
			...['Content-Length: 5', 'content-length: 00074', 'Connection: keep-alive', 'Expect: 100-continue'],
			...['TE: trailers', 'X-Request-Id: 5', 'X:', 'X:  2 ', ' folded', 'X 1', '', 'Proxy-Connection: close'],
		),
	},
)
const insert = fc.record({
	at: fc.double({ min: 0, max: 1, noNaN: true }),
	bytes: fc.constantFrom(...['\r', '\n', '\0', ' ', '\t', ':', '\xff', ',', '\r\n', 'x']),
})
const anyRequest = fc
	.record({
		lines: fc.oneof(
			fc.shuffledSubarray(GO, { minLength: 3 }),
			fc.shuffledSubarray(HYPER, { minLength: 3 }),
			fc.array(line, { minLength: 3, maxLength: 8 }),
		),
		more: fc.array(line, { maxLength: 1 }),
		inserts: fc.oneof(
			{ weight: 2, arbitrary: fc.constant([]) },
			{ weight: 1, arbitrary: fc.array(insert, { maxLength: 1 }) },
		),
	})
	.map(({ lines, more, inserts }) => {
		let sent = requestOf([...lines, ...more]).toString('latin1')
		for (const { at, bytes } of inserts) {
			const place = Math.floor(at * sent.length)
			sent = sent.slice(0, place) + bytes + sent.slice(place)
		}
		return Buffer.from(sent, 'latin1')
	})

test("whatever is read, Node's server reads in the same way", async () => {
	const server = createServer({ keepAliveTimeout: 60_000 })
	server.listen(0, '127.0.0.1')
	await once(server, 'listening')
	afterTest(() => server.close())
	const { port } = server.address() as AddressInfo
	let taken = 0
	await fc.assert(
		fc.asyncProperty(anyRequest, async (bytes) => {
			const plain = read(bytes)
			if (plain === undefined || plain === 'more') return
			taken++
			const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
			try {
				const [request, response] = (await withDeadline(
					() => `Node to read ${JSON.stringify(bytes.toString('latin1'))}`,
					once(server, 'request'),
				)) as [IncomingMessage, { shouldKeepAlive: boolean }]
				expect(request).toMatchObject({ method: 'POST', url: '/', httpVersion: '1.1' })
				expect(await text(request)).toBe(plain.body)
				expect(request.headers.host).toBe(plain.host)
				expect(response.shouldKeepAlive).toBe(true)
				for (const name of ['authorization', 'origin', 'expect', 'upgrade', 'transfer-encoding'])
					expect(request.headers).not.toHaveProperty(name)
			} finally {
				socket.destroy()
			}
		}),
		{ numRuns: 3_000 },
	)
	// The property would hold of a reader that takes nothing.
	expect(taken).toBeGreaterThan(300)
})
