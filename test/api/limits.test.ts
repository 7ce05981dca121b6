import { connect, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { Dispatcher } from '../../src/api/dispatcher.js'
import { textOf } from '../../src/api/json-rpc.js'
import { method, waitingMethod } from '../../src/api/method.js'
import { LogCapture } from '../supervisor/log-capture.js'
import { contextOf } from './context-of.js'
import { exchange, postRequest, received, statusOf } from './raw-client.js'
import { servedStore } from './served-store.js'

const GOOD = '{"jsonrpc":"2.0","id":1,"method":"supervisor_localUnsafe","params":["10"]}'

async function expectServed(port: number): Promise<void> {
	const text = await exchange(port, postRequest(GOOD))
	expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
	expect(text).toContain('"result":{"hash":')
}

/** An open connection that has sent `bytes`. */
function opened(port: number, bytes: string | Uint8Array = '', from = '127.0.0.1'): Promise<Socket> {
	return new Promise((resolve, reject) => {
		const socket = connect({ port, host: '127.0.0.1', localAddress: from }, () => {
			if (bytes.length === 0) resolve(socket)
			else socket.write(bytes, () => resolve(socket))
		})
		socket.on('error', reject)
	})
}

test('a head that does not come to its end is given up', async () => {
	const { server } = await servedStore({ limits: { headersTimeoutMs: 300 } })
	const text = await exchange(server.port, 'POST / HTTP/1.1\r\nHost: x\r\nContent-Le', { end: false })
	expect(statusOf(text)).toBe(408)
	await expectServed(server.port)
})

test('a body that does not come to its end is given up', async () => {
	const { server } = await servedStore({ limits: { requestTimeoutMs: 300, headersTimeoutMs: 300 } })
	const request = postRequest(GOOD)
	const text = await exchange(server.port, request.subarray(0, request.length - 5), { end: false })
	expect([0, 408]).toContain(statusOf(text))
	await expectServed(server.port)
})

test('a connection without requests is closed', async () => {
	const { server } = await servedStore({ limits: { idleTimeoutMs: 200 } })
	const text = await exchange(server.port, 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n', { end: false })
	expect(statusOf(text)).toBe(200)
	await expectServed(server.port)
})

test('a head has a limit, in bytes and in lines', async () => {
	const { server } = await servedStore({ limits: { headerBytes: 4_096, headerCount: 20 } })
	expect(statusOf(await exchange(server.port, postRequest(GOOD, `X: ${'x'.repeat(5_000)}\r\n`)))).toBe(431)
	// Lines beyond the limit are not looked at, and the request is served without them; from Node 24 on it is refused.
	const lines = Array.from({ length: 100 }, (_, i) => `X-${i}: 1\r\n`).join('')
	expect([200, 431]).toContain(statusOf(await exchange(server.port, postRequest(GOOD, lines))))
	await expectServed(server.port)
})

test('one address gets so many connections, the others are served all the same', async () => {
	const { server } = await servedStore({ limits: { connectionsPerClient: 3 } })
	const sockets = await Promise.all([1, 2, 3].map(() => opened(server.port)))
	expect(await exchange(server.port, postRequest(GOOD))).toBe('')
	expect(statusOf(await exchange(server.port, postRequest(GOOD), { from: '127.0.0.2' }))).toBe(200)
	const ended = sockets.map((socket) => received(socket))
	for (const socket of sockets) socket.destroy()
	await Promise.all(ended)
	await expectServed(server.port)
})

test('all requests that are being received have one limit together', async () => {
	const limits = { bodyBytes: 100_000, bufferedBytes: 150_000 }
	const { server } = await servedStore({ limits })
	const large = postRequest(GOOD.padEnd(limits.bodyBytes, ' '))
	const first = await opened(server.port, large.subarray(0, large.length - 10))
	const firstAnswer = received(first)
	// The server has read the first before it reads the second: it came first on a loopback that keeps order.
	await expectServed(server.port)
	const second = await exchange(server.port, large)
	expect(statusOf(second)).toBe(503)
	first.write(large.subarray(large.length - 10))
	expect(statusOf(await firstAnswer)).toBe(200)
	expect(statusOf(await exchange(server.port, large))).toBe(200)
})

test('what the client does not send to its end is forgotten', async () => {
	const limits = { bodyBytes: 100_000, bufferedBytes: 150_000 }
	const { server } = await servedStore({ limits })
	const large = postRequest(GOOD.padEnd(limits.bodyBytes, ' '))
	for (let i = 0; i < 5; i++) {
		const socket = await opened(server.port, large.subarray(0, 90_000))
		await expectServed(server.port)
		const ended = received(socket)
		socket.resetAndDestroy()
		await ended
	}
	expect(statusOf(await exchange(server.port, large))).toBe(200)
})

test('the answer to a batch has a limit: what is left is refused', async () => {
	const { server } = await servedStore({ limits: { batchAnswerBytes: 300 } })
	const one = JSON.parse(GOOD)
	const batch = JSON.stringify([1, 2, 3, 4].map((id) => ({ ...one, id })))
	const text = await exchange(server.port, postRequest(batch))
	const answers = JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4))
	expect(answers.map((answer: { id: number }) => answer.id)).toEqual([1, 2, 3, 4])
	expect(answers[0]).toHaveProperty('result')
	expect(answers[3]).toMatchObject({ error: { code: -32003 } })
})

test('calls of one client that wait have a limit, calls that do not wait go on', async () => {
	let answer: (value: string) => void = () => {}
	const waited = new Promise<string>((resolve) => {
		answer = resolve
	})
	const methods = [waitingMethod('test_wait', [], () => waited), method('test_now', [], () => 'now')]
	const dispatcher = new Dispatcher({ methods, waitingLimit: 2 }, contextOf(new LogCapture().log, {}))
	const ask = async (name: string, client: string) =>
		JSON.parse(
			textOf(
				(await dispatcher.answer(Buffer.from(`{"jsonrpc":"2.0","id":1,"method":"${name}"}`), {
					client,
					isAdmin: false,
				})) ?? '',
			),
		)
	const first = [ask('test_wait', 'a'), ask('test_wait', 'a')]
	expect(await ask('test_wait', 'a')).toMatchObject({ error: { code: -32005 } })
	expect(await ask('test_now', 'a')).toMatchObject({ result: 'now' })
	const other = ask('test_wait', 'b')
	answer('late')
	expect(await Promise.all([...first, other])).toEqual(
		[1, 2, 3].map(() => ({ jsonrpc: '2.0', id: 1, result: 'late' })),
	)
	expect(await ask('test_wait', 'a')).toMatchObject({ result: 'late' })
})

test('an access list that no transaction could pay for is refused', async () => {
	const { server } = await servedStore()
	const entries = Array.from({ length: 8_831 }, () => `0x${'01'.repeat(32)}`)
	const params = [entries, 'unsafe', { timestamp: '0x1' }]
	const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'supervisor_checkAccessList', params })
	expect(await exchange(server.port, postRequest(body))).toContain('at most 8830 entries')
})
