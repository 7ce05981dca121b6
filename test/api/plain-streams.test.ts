import { connect } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Dispatcher } from '../../src/api/dispatcher.js'
import { addHttpRoutes } from '../../src/api/http-routes.js'
import { closeServer, listen, newServer } from '../../src/api/http-server.js'
import { method, waitingMethod } from '../../src/api/method.js'
import { PlainConnections } from '../../src/api/plain-connections.js'
import { DEFAULT_RPC_LIMITS } from '../../src/api/rpc-limits.js'
import { afterTest } from '../supervisor/cleanup.js'
import { LogCapture } from '../supervisor/log-capture.js'
import { contextOf } from './context-of.js'
import { plainRequest, postRequest, received } from './raw-client.js'

/** The same server with and without a way of its own for plain requests. Resolves with its port. */
async function start(isPlain: boolean): Promise<number> {
	const log = new LogCapture().log
	const number = { name: 'number', parse: Number }
	const methods = [
		method('test_now', [number], (_context, value) => value),
		waitingMethod('test_late', [number], async (_context, value) => {
			await turn()
			return value
		}),
	]
	const dispatcher = new Dispatcher({ methods }, contextOf(log, {}))
	const options = { limits: DEFAULT_RPC_LIMITS }
	const app = newServer(options.limits)
	addHttpRoutes(app, options, { log, dispatcher, version: '1' })
	if (isPlain) new PlainConnections(app.server, options, { dispatcher })
	const { port } = await listen(app, { addr: '127.0.0.1', port: 0 }, { name: 'server', flags: '--x' })
	afterTest(() => closeServer(app))
	return port
}

const call = fc
	.tuple(fc.constantFrom('test_now', 'test_late', 'test_not'), fc.nat(999))
	.map(([name, value]) => JSON.stringify({ jsonrpc: '2.0', id: value, method: name, params: [value] }))
const body = fc.oneof(
	{ weight: 6, arbitrary: call },
	{ weight: 1, arbitrary: fc.array(call, { maxLength: 3 }).map((calls) => `[${calls}]`) },
	{ weight: 1, arbitrary: fc.constantFrom('{', '7', '{"jsonrpc":"2.0","method":"test_now","params":[1]}') },
)
/**
 * Nothing that is no HTTP: whether answers to what came before it in the same packet still get out depends on how Node
 * was given the packet.
 */
const header = fc.constantFrom(
	...['', '', '', '', 'TE: trailers\r\n', 'Connection: keep-alive\r\n', 'Origin: http://localhost\r\n'],
	...['Origin: http://elsewhere\r\n', 'Authorization: Bearer x\r\n', 'Content-Type: text/plain\r\n'],
)
const request = fc.oneof(
	{ weight: 8, arbitrary: fc.tuple(body, header).map(([text, lines]) => plainRequest(text, lines)) },
	{
		weight: 1,
		arbitrary: fc
			.constantFrom('GET /healthz', 'GET /', 'PUT /', 'POST /other')
			.map((line) => Buffer.from(`${line} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n`)),
	},
	{
		weight: 1,
		arbitrary: body.map((text) =>
			Buffer.from(
				`POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n0\r\n\r\n`,
			),
		),
	},
)
/** Requests of one connection, and what goes out at once: requests together, one by one, or in pieces. */
const stream = fc.record({
	requests: fc.array(request, { minLength: 1, maxLength: 8 }),
	last: body.map((text) => postRequest(text)),
	cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 }),
	isWhole: fc.boolean(),
})

async function answers(port: number, pieces: readonly Buffer[]): Promise<string> {
	const socket = connect(port, '127.0.0.1')
	socket.setNoDelay(true)
	const all = received(socket)
	for (const piece of pieces) {
		socket.write(piece)
		// Most often the server has read it by then; whether it has changes nothing.
		await turn()
	}
	return (await all).replaceAll(/^Date: .*$/gm, 'Date')
}

test('whatever comes on a connection, however it is cut, gets the answers that it gets without the way for plain requests', async () => {
	const [plain, node] = [await start(true), await start(false)]
	await fc.assert(
		fc.asyncProperty(stream, async ({ requests, last, cuts, isWhole }) => {
			const all = Buffer.concat([...requests, last])
			const at = [0, ...cuts.map((cut) => Math.floor(cut * all.length)), all.length].sort((a, b) => a - b)
			const pieces = isWhole
				? [...requests, last]
				: at.slice(1).map((end, index) => all.subarray(at[index], end))
			const [got, expected] = await Promise.all([answers(plain, pieces), answers(node, pieces)])
			expect(got).toBe(expected)
			expect(got).toMatch(/^HTTP\/1\.1 \d\d\d /)
		}),
		{ numRuns: 500 },
	)
})
