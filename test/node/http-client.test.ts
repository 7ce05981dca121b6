import { once } from 'node:events'
import { connect as connectTcp, createServer, type Socket } from 'node:net'
import { Worker } from 'node:worker_threads'
import { expect, test, vi } from 'vitest'
import {
	NodeDisconnectedError,
	NodeOverloadedError,
	NodeProtocolError,
	NodeRpcError,
	NodeTimeoutError,
	NodeUnauthorizedError,
} from '../../src/node/errors.js'
import { NodeCalls } from '../../src/node/node-calls.js'
import { NodeClient, type NodeClientOptions } from '../../src/node/node-client.js'
import { nodeMethods } from '../../src/node/node-methods.js'
import { closeLater, log } from './cleanup.js'
import { type HttpAnswering, HttpNodeServer } from './http-node-server.js'
import { answerAll, answerText, decode, errorText, SECRET } from './node-server.js'

const FAST = { minDelayMs: 1, maxDelayMs: 10 }

const hello = answerAll({ interop_chainID: '901' })

/** Tells its chain, and answers everything else as `answering` does. */
function greeting(answering: HttpAnswering): HttpAnswering {
	return (call, reply, response) =>
		call.method === 'interop_chainID' ? hello(call, reply) : answering(call, reply, response)
}

const echo = greeting((call, reply) => reply.send(answerText(call.id, call.params)))
const silence = greeting(() => undefined)

function makeClient(url: string, options: Partial<NodeClientOptions> = {}): NodeClient {
	return closeLater(new NodeClient({ url, jwtSecret: SECRET, reconnect: FAST, ...options }, { log }))
}

async function connect(answering: HttpAnswering, options: Partial<NodeClientOptions> = {}) {
	const server = await closeLater(new HttpNodeServer(answering)).listen()
	const client = makeClient(server.url, options)
	client.start()
	await client.whenConnected()
	return { server, client }
}

function failure(answer: Promise<unknown>): Promise<unknown> {
	return answer.then(
		(value) => expect.fail(`resolved with ${JSON.stringify(value)}`),
		(reason: unknown) => reason,
	)
}

test('a node is connected once it told its chain; every request has a token, over a socket that is kept', async () => {
	const { server, client } = await connect(echo)
	expect(server.calls).toEqual([{ jsonrpc: '2.0', id: 1, method: 'interop_chainID' }])
	for (let number = 0; number < 20; number++) expect(await client.call('echo', [number])).toEqual([number])
	expect(server.tokens).toHaveLength(21)
	// A second one where a call is made before undici has noted that the last is done.
	expect(server.accepted).toBeLessThanOrEqual(2)
})

test('a token is of the second of its request, not of the dial', async () => {
	const { server, client } = await connect(echo)
	vi.useFakeTimers({ toFake: ['Date'] })
	try {
		vi.setSystemTime(Date.now() + 30_000)
		await client.call('echo', [1])
		vi.setSystemTime(Date.now() + 30_000)
		await client.call('echo', [2])
	} finally {
		vi.useRealTimers()
	}
	const times = server.tokens.map((token) => decode(token.split('.')[1] ?? '').iat)
	expect(times[1]).toBe(Number(times[0]) + 30)
	expect(times[2]).toBe(Number(times[0]) + 60)
})

test('an error of the node keeps its code, message and data', async () => {
	const { client } = await connect(
		greeting((call, reply) => reply.send(errorText(call.id, -39002, 'conflicting block', { number: 7 }))),
	)
	for (const answer of [client.call('interop_reset', [1]), client.callRaw('interop_reset', [1], String)]) {
		const error = await failure(answer)
		expect(error).toBeInstanceOf(NodeRpcError)
		expect(error).toMatchObject({ code: -39002, reason: 'conflicting block', data: { number: 7 } })
	}
	expect(client.connected).toBe(true)
})

test('1,000 calls at once are all answered over no more sockets than calls may be in flight', async () => {
	const { server, client } = await connect(echo, { maxCallsInFlight: 8 })
	const numbers = Array.from({ length: 1_000 }, (_, number) => number)
	const answers = await Promise.all(numbers.map((number) => client.call('echo', [number])))
	expect(answers).toEqual(numbers.map((number) => [number]))
	expect(server.accepted).toBeLessThanOrEqual(8)
	expect([client.callsInFlight, client.callsQueued]).toEqual([0, 0])
})

test('a call beyond the queue is refused', async () => {
	const { server, client } = await connect(silence, { maxCallsInFlight: 2, maxCallsQueued: 1 })
	const answers = [1, 2, 3].map((number) => failure(client.call('echo', [number])))
	await expect(client.call('echo', [4])).rejects.toThrow(NodeOverloadedError)
	await server.called(3)
	expect([client.callsInFlight, client.callsQueued]).toEqual([2, 1])
	await client.close()
	for (const error of await Promise.all(answers)) expect(error).toBeInstanceOf(NodeDisconnectedError)
})

test('raw answers are the body byte by byte, many large ones at a time', async () => {
	const { client } = await connect(
		greeting((call, reply) => reply.send(answerText(call.id, 'x'.repeat(Number(call.params[0]))))),
	)
	const sizes = [10, 2_000, 300_000, ...Array.from({ length: 12 }, () => 3_000_000)]
	const bodies = await Promise.all(
		sizes.map((size) => client.callRaw('text', [size], (answer) => Buffer.from(answer))),
	)
	for (const [index, body] of bodies.entries()) {
		expect(body.length).toBe(answerText(2 + index, 'x'.repeat(sizes[index] ?? 0)).length)
		expect(JSON.parse(body.toString()).result).toHaveLength(sizes[index] ?? 0)
	}
})

test('a batch goes out as one request and comes back as one', async () => {
	const { server, client } = await connect(echo)
	server.onBatch = (batch, reply) =>
		reply.send(
			`[${batch
				.map((call) => answerText(call.id, call.params))
				.reverse()
				.join(',')}]`,
		)
	const calls = [1, 2, 3].map((number) => ({ method: 'echo', params: [number] }))
	expect(await client.callBatch(calls)).toEqual(
		[1, 2, 3].map((value) => ({ status: 'fulfilled', value: [value] })),
	)
})

test('a lookup is spelled as the published document does where the node does not know the other', async () => {
	const ref = { hash: `0x${'1'.repeat(64)}`, number: 5, parentHash: `0x${'2'.repeat(64)}`, timestamp: 10 }
	const L2 = { ...ref, l1origin: { hash: ref.hash, number: 1 }, sequenceNumber: 3 }
	const { server, client } = await connect(
		answerAll({ interop_chainID: '901', interop_blockRefByNumber: L2 }),
	)
	const calls = new NodeCalls({ client })
	expect(await calls.call(nodeMethods.l2BlockRefByNumber, [5])).toEqual(L2)
	expect(await calls.call(nodeMethods.l2BlockRefByNumber, [5])).toEqual(L2)
	expect(server.calls.slice(1).map((call) => call.method)).toEqual([
		'interop_l2BlockRefByNumber',
		'interop_blockRefByNumber',
		'interop_blockRefByNumber',
	])
})

test.each([
	[401, 'stale token', 'clocks'],
	[401, 'signature is invalid', '--l2-consensus.jwt-secret'],
	[403, '', 'no text'],
])(
	'a request answered with %i %j is a refusal that says what to do, and is tried again',
	async (status, text, advice) => {
		const server = await closeLater(new HttpNodeServer(echo)).listen()
		server.refusal = { status, text }
		const client = makeClient(server.url)
		client.start()
		const [reason] = await once(client, 'refused')
		expect(reason).toBeInstanceOf(NodeUnauthorizedError)
		expect(reason).toMatchObject({ status })
		expect(reason.message).toContain(advice)
		server.refusal = undefined
		await client.whenConnected()
		const disconnected = once(client, 'disconnected')
		server.refusal = { status, text }
		expect(await failure(client.call('echo', [1]))).toBeInstanceOf(NodeDisconnectedError)
		expect((await disconnected)[0]).toBeInstanceOf(NodeUnauthorizedError)
	},
)

test('a wrong secret is refused in the words of the node', async () => {
	const server = await closeLater(new HttpNodeServer(echo)).listen()
	const client = makeClient(server.url, { jwtSecret: new Uint8Array(32) })
	client.start()
	expect((await once(client, 'refused'))[0]).toMatchObject({
		status: 401,
		reason: 'token signature is invalid: signature is invalid',
	})
})

test.each<[string, HttpAnswering]>([
	['an error', (call, reply) => reply.send(errorText(call.id, -32601, 'the method does not exist'))],
	['another status', (_call, _reply, response) => response.writeHead(503).end('try later')],
	['a redirect', (_call, _reply, response) => response.writeHead(302, { location: 'http://x' }).end()],
	['nothing', (_call, reply) => reply.send('')],
	['text that is no JSON', (_call, reply) => reply.send('<html>')],
	['an answer to another call', (_call, reply) => reply.send(answerText(77, '901'))],
	['a notification', (_call, reply) => reply.send('{"jsonrpc":"2.0","method":"x","params":[]}')],
	[
		'half an answer',
		(_call, _reply, response) => {
			response.writeHead(200, { 'content-length': 100 }).write('{"jsonrpc"')
			setImmediate(() => response.destroy())
		},
	],
	['bytes that are no HTTP', (_call, _reply, response) => response.socket?.end('hello\r\n\r\n')],
])(
	'a node that tells %s instead of its chain cannot be reached, and is tried again',
	async (_name, answering) => {
		const server = await closeLater(new HttpNodeServer(answering)).listen()
		const client = makeClient(server.url)
		client.start()
		const [reason] = await once(client, 'unreachable')
		expect(reason.message).not.toBe('')
		server.answering = echo
		await client.whenConnected()
		expect(await client.call('echo', [1])).toEqual([1])
	},
)

test('a node that restarts in the middle of calls: they fail, and later ones work', async () => {
	const { server, client } = await connect(silence)
	const answers = [1, 2, 3].map((number) => failure(client.call('echo', [number])))
	await server.called(4)
	const disconnected = once(client, 'disconnected')
	await server.stop()
	for (const error of await Promise.all(answers)) expect(error).toBeInstanceOf(NodeDisconnectedError)
	await disconnected
	await once(client, 'unreachable')
	server.answering = echo
	await server.listen()
	await client.whenConnected()
	expect(await client.call('echo', [4])).toEqual([4])
})

test('a call times out and lets go of its socket; the others go on', async () => {
	const { client } = await connect(
		greeting((call, reply) => {
			if (call.method !== 'never') reply.send(answerText(call.id, call.params))
		}),
		{ maxCallsInFlight: 1, callTimeoutMs: 5_000 },
	)
	const error = await failure(client.call('never', [], { timeoutMs: 20 }))
	expect(error).toBeInstanceOf(NodeTimeoutError)
	expect(await client.call('echo', [1])).toEqual([1])
	expect(client.connected).toBe(true)
})

test('the deadline holds for the body too', async () => {
	const { client } = await connect(
		greeting((_call, _reply, response) => response.writeHead(200).write('{"jsonrpc":')),
		{ callTimeoutMs: 5_000 },
	)
	expect(await failure(client.call('slow', [], { timeoutMs: 20 }))).toBeInstanceOf(NodeTimeoutError)
	expect(client.connected).toBe(true)
})

test('a node that answers nothing at all any more is lost, and found again', async () => {
	const { server, client } = await connect(silence, { callTimeoutMs: 40 })
	const disconnected = once(client, 'disconnected')
	expect(await failure(client.call('never', []))).toBeInstanceOf(NodeTimeoutError)
	expect((await disconnected)[0].message).toContain('not answered within 40 ms')
	server.answering = echo
	await client.whenConnected()
	expect(await client.call('echo', [1])).toEqual([1])
})

test('a signal ends a call with its reason, and its socket', async () => {
	let closed: Promise<unknown> | undefined
	const { server, client } = await connect(
		greeting((_call, _reply, response) => {
			closed = once(response, 'close')
		}),
	)
	const abort = new AbortController()
	const answer = failure(client.call('never', [], { signal: abort.signal }))
	await server.called(2)
	abort.abort(new Error('no longer needed'))
	expect(await answer).toMatchObject({ message: 'no longer needed' })
	await closed
	expect(client.connected).toBe(true)
})

test('after close no socket is left, whatever was under way', async () => {
	const { server, client } = await connect(
		greeting((call, reply, response) => {
			if (call.method === 'half') response.writeHead(200).write('{')
			else if (call.method === 'echo') reply.send(answerText(call.id, call.params))
		}),
	)
	await client.call('echo', [1])
	const answers = ['never', 'half'].map((method) => failure(client.call(method, [])))
	await server.called(4)
	await client.close()
	for (const error of await Promise.all(answers)) expect(error).toBeInstanceOf(NodeDisconnectedError)
	expect(client.connected).toBe(false)
	await server.deserted()
})

test('close during the dial, in every state of it, leaves nothing behind', async () => {
	// Accepts TCP and stays silent.
	const sockets: Socket[] = []
	const tcp = createServer((socket) => sockets.push(socket.on('error', () => undefined)))
	tcp.listen(0, '127.0.0.1')
	await once(tcp, 'listening')
	const address = tcp.address()
	if (typeof address !== 'object' || address === null) return expect.fail('no address')
	const early = makeClient(`http://127.0.0.1:${address.port}`)
	early.start()
	await early.close()
	const hanging = makeClient(`http://127.0.0.1:${address.port}`)
	hanging.start()
	await once(tcp, 'connection')
	const failed = failure(hanging.whenConnected())
	await hanging.close()
	expect(await failed).toBeInstanceOf(NodeDisconnectedError)
	for (const socket of sockets) socket.destroy()
	tcp.close()
	await once(tcp, 'close')
})

/** A thread that listens and sleeps: once its backlog is full, dials hang in the TCP handshake. */
const SLEEPING_SERVER = `
	const { parentPort } = require('node:worker_threads')
	const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
		parentPort.postMessage(server.address().port)
		Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
	})`

test('close during a TCP handshake that does not end cuts it', async () => {
	const worker = new Worker(SLEEPING_SERVER, { eval: true })
	const [port] = (await once(worker, 'message')) as [number]
	const fillers = Array.from({ length: 8 }, () => connectTcp(port, '127.0.0.1').on('error', () => undefined))
	await Promise.all(fillers.slice(0, 2).map((socket) => once(socket, 'connect')))
	const client = makeClient(`http://127.0.0.1:${port}`)
	client.start()
	for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
	await client.close()
	for (const socket of fillers) socket.destroy()
	await worker.terminate()
})

test('a node that never answers the first request is given up on and dialled again', async () => {
	const server = await closeLater(new HttpNodeServer(() => undefined)).listen()
	const client = makeClient(server.url, { handshakeTimeoutMs: 20 })
	client.start()
	const [reason] = await once(client, 'unreachable')
	expect(reason.message).toContain('interop_chainID was not answered within 20 ms')
	server.answering = echo
	await client.whenConnected()
})

test('what a node sends behind an answer, unasked, costs nothing but the socket', async () => {
	const { server, client } = await connect(
		greeting((call, reply, response) => {
			reply.send(answerText(call.id, call.params))
			setImmediate(() => response.socket?.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}'))
		}),
	)
	for (let number = 0; number < 5; number++) {
		const answer = await client.call('echo', [number]).catch((error: unknown) => error)
		if (answer instanceof NodeDisconnectedError || answer instanceof NodeProtocolError) {
			await client.whenConnected()
		} else expect(answer).toEqual([number])
	}
	server.answering = echo
	await client.whenConnected()
	expect(await client.call('echo', ['end'])).toEqual(['end'])
})
