import { getEventListeners, once } from 'node:events'
import { describe, expect, test } from 'vitest'
import {
	NodeDisconnectedError,
	NodeOverloadedError,
	NodeProtocolError,
	NodeRpcError,
	NodeTimeoutError,
} from '../../src/node/errors.js'
import { NodeClient, type NodeClientOptions } from '../../src/node/node-client.js'
import { closeLater, log } from './cleanup.js'
import {
	type Answering,
	answerAll,
	answerText,
	decode,
	errorText,
	NodeServer,
	type RpcCall,
	SECRET,
} from './node-server.js'

describe.each([
	{ socket: 'ws', hasLargeAnswers: false },
	{ socket: 'our own', hasLargeAnswers: true },
])('over a socket of $socket', ({ hasLargeAnswers }) => {
	async function connect(answering: Answering, options: Partial<NodeClientOptions> = {}) {
		const server = await closeLater(new NodeServer(answering)).listen()
		const client = closeLater(
			new NodeClient({ url: server.url, jwtSecret: SECRET, hasLargeAnswers, ...options }, { log }),
		)
		client.start()
		await client.whenConnected()
		return { server, client }
	}

	const echo: Answering = (call, socket) => socket.send(answerText(call.id, call.params))
	const silence: Answering = () => undefined

	test('a call is answered over a connection whose token the node has verified', async () => {
		const { server, client } = await connect(answerAll({ interop_chainID: '901' }))
		expect(await client.call('interop_chainID', [])).toBe('901')
		expect(server.tokens).toHaveLength(1)
		const { iat, exp } = decode(server.tokens[0]?.split('.')[1] ?? '')
		expect(exp).toBeUndefined()
		expect(typeof iat).toBe('number')
		expect(server.calls[0]).toEqual({ jsonrpc: '2.0', id: 1, method: 'interop_chainID' })
	})

	test('an error of the node keeps its code, message and data', async () => {
		const data = { hash: '0x12', number: 7 }
		const { server, client } = await connect((call, socket) =>
			socket.send(errorText(call.id, -39002, 'conflicting block', data)),
		)
		for (const answer of [client.call('interop_reset', [1]), client.callRaw('interop_reset', [1], String)]) {
			const error = await answer.catch((reason: unknown) => reason)
			expect(error).toBeInstanceOf(NodeRpcError)
			expect(error).toMatchObject({
				code: -39002,
				reason: 'conflicting block',
				data,
				method: 'interop_reset',
				url: server.url,
			})
		}
	})

	test('an error without code and message is one of the protocol, and costs the call only', async () => {
		const { client } = await connect((call, socket) => {
			if (call.method === 'bad') socket.send(`{"id":${call.id},"error":"no"}`)
			else echo(call, socket)
		})
		await expect(client.call('bad', [])).rejects.toThrow(NodeProtocolError)
		expect(await client.call('good', [1])).toEqual([1])
	})

	test('10,000 calls at once are all answered, and never more in flight than allowed', async () => {
		let open = 0
		let most = 0
		const { client } = await connect(
			(call, socket) => {
				most = Math.max(most, ++open)
				setImmediate(() => {
					open--
					echo(call, socket)
				})
			},
			{ maxCallsInFlight: 100 },
		)
		const numbers = Array.from({ length: 10_000 }, (_, number) => number)
		const answers = await Promise.all(numbers.map((number) => client.call('echo', [number])))
		expect(answers).toEqual(numbers.map((number) => [number]))
		expect(most).toBeLessThanOrEqual(100)
		expect(client.callsInFlight).toBe(0)
		expect(client.callsQueued).toBe(0)
	})

	test('a call beyond the queue is refused, and a place that gets free is used', async () => {
		const held: (() => void)[] = []
		const { server, client } = await connect((call, socket) => held.push(() => echo(call, socket)), {
			maxCallsInFlight: 2,
			maxCallsQueued: 1,
		})
		const answers = [1, 2, 3].map((number) => client.call('echo', [number]))
		await expect(client.call('echo', [4])).rejects.toThrow(NodeOverloadedError)
		await server.called(2)
		expect([client.callsInFlight, client.callsQueued]).toEqual([2, 1])
		held.shift()?.()
		expect(await answers[0]).toEqual([1])
		await server.called(3)
		for (const answer of held) answer()
		expect(await Promise.all(answers)).toEqual([[1], [2], [3]])
	})

	test('answers out of order reach their calls', async () => {
		const calls: RpcCall[] = []
		const { client } = await connect((call, socket) => {
			calls.push(call)
			if (calls.length === 50) for (const late of calls.reverse()) echo(late, socket)
		})
		const numbers = Array.from({ length: 50 }, (_, number) => number)
		const answers = await Promise.all(numbers.map((number) => client.call('echo', [number])))
		expect(answers).toEqual(numbers.map((number) => [number]))
	})

	test('a raw answer is the frame, byte by byte, small or large or in fragments', async () => {
		const { client } = await connect((call, socket) => {
			const text = answerText(call.id, 'x'.repeat(Number(call.params[0])))
			const middle = text.length >> 1
			if (call.method === 'whole') socket.send(text)
			else {
				socket.send(text.slice(0, 10), { fin: false })
				socket.send(text.slice(10, middle), { fin: false })
				socket.ping()
				socket.send(text.slice(middle), { fin: false })
				socket.send('', { fin: true })
			}
		})
		let id = 0
		for (const method of ['whole', 'fragments']) {
			for (const size of [0, 1_000, 1_100, 300_000]) {
				const frame = await client.callRaw(method, [size], (answer) => Buffer.from(answer))
				expect(frame.toString()).toBe(answerText(++id, 'x'.repeat(size)))
				expect(await client.call(method, [size])).toBe('x'.repeat(size))
				id++
			}
		}
	})

	test('a call times out, its late answer is dropped silently, and the place is free again', async () => {
		const { server, client } = await connect(
			(call, socket) => {
				if (call.method !== 'never') echo(call, socket)
			},
			{ maxCallsInFlight: 1 },
		)
		const malformed: Error[] = []
		client.on('malformed', (error) => malformed.push(error))
		const error = await client.call('never', [], { timeoutMs: 20 }).catch((reason: unknown) => reason)
		expect(error).toBeInstanceOf(NodeTimeoutError)
		expect(error).toMatchObject({ method: 'never', timeoutMs: 20, url: server.url })
		for (const socket of server.sockets) socket.send(answerText(1, 'late'))
		expect(await client.call('echo', [1])).toEqual([1])
		expect(malformed).toEqual([])
	})

	test('a call that waits in the queue times out too, and is never sent', async () => {
		const { server, client } = await connect(silence, { maxCallsInFlight: 1 })
		const first = client.call('first', [])
		await expect(client.call('second', [], { timeoutMs: 10 })).rejects.toThrow(NodeTimeoutError)
		expect(client.callsQueued).toBe(0)
		await server.called(1)
		const closing = client.close()
		await expect(first).rejects.toThrow(NodeDisconnectedError)
		await closing
		expect(server.calls.map((call) => call.method)).toEqual(['first'])
	})

	test('a signal ends a call with its reason', async () => {
		const { client } = await connect(silence)
		const abort = new AbortController()
		const answer = client.call('never', [], { signal: abort.signal })
		abort.abort(new Error('no longer needed'))
		await expect(answer).rejects.toThrow('no longer needed')
		await expect(client.call('never', [], { signal: abort.signal })).rejects.toThrow('no longer needed')
		expect(client.callsInFlight).toBe(0)
	})

	test('one signal ends a thousand calls, and nothing stays on it when they are answered', async () => {
		const warnings: Error[] = []
		const onWarning = (warning: Error) => warnings.push(warning)
		process.on('warning', onWarning)
		const { server, client } = await connect(echo)
		const abort = new AbortController()
		const options = { signal: abort.signal }
		const numbers = Array.from({ length: 1_000 }, (_, number) => number)
		await Promise.all(numbers.map((number) => client.call('echo', [number], options)))
		expect(getEventListeners(abort.signal, 'abort')).toHaveLength(0)
		server.answering = silence
		const answers = Promise.allSettled(numbers.map((number) => client.call('echo', [number], options)))
		expect(getEventListeners(abort.signal, 'abort')).toHaveLength(1)
		abort.abort(new Error('enough'))
		for (const outcome of await answers) {
			expect(outcome).toMatchObject({ status: 'rejected', reason: { message: 'enough' } })
		}
		expect(getEventListeners(abort.signal, 'abort')).toHaveLength(0)
		process.off('warning', onWarning)
		expect(warnings).toEqual([])
	})

	test('a batch goes out as one frame, answered in one or one by one, in any order', async () => {
		const { server, client } = await connect(answerAll({}))
		const calls = [1, 2, 3].map((number) => ({ method: 'double', params: [number] }))
		const outcome = [2, 4, 6].map((value) => ({ status: 'fulfilled', value }))
		const text = (call: RpcCall) => answerText(call.id, Number(call.params[0]) * 2)
		const frames: number[] = []
		server.onBatch = (batch, socket) => {
			frames.push(batch.length)
			socket.send(`[${batch.map(text).reverse().join(',')}]`)
		}
		expect(await client.callBatch(calls)).toEqual(outcome)
		server.onBatch = (batch, socket) => {
			frames.push(batch.length)
			for (const call of batch.reverse()) socket.send(text(call))
		}
		expect(await client.callBatch(calls)).toEqual(outcome)
		expect(frames).toEqual([3, 3])
	})

	test('each call of a batch has its own outcome: an error, a missing answer, a result', async () => {
		const { server, client } = await connect(answerAll({}))
		server.onBatch = ([first, second], socket) =>
			socket.send(`[${answerText(first?.id, 'yes')},${errorText(second?.id, -32000, 'no')}]`)
		const [yes, no, missing] = await client.callBatch(
			['a', 'b', 'c'].map((method) => ({ method, params: [] })),
		)
		expect(yes).toEqual({ status: 'fulfilled', value: 'yes' })
		expect(no).toMatchObject({ status: 'rejected', reason: { code: -32000, method: 'b' } })
		expect(missing).toMatchObject({ status: 'rejected', reason: expect.any(NodeProtocolError) })
		expect(await client.callBatch([])).toEqual([])
	})

	test('a batch larger than what may be in flight is refused', async () => {
		const { client } = await connect(echo, { maxCallsInFlight: 2 })
		const outcomes = await client.callBatch([1, 2, 3].map((number) => ({ method: 'echo', params: [number] })))
		for (const outcome of outcomes) {
			expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(NodeOverloadedError) })
		}
	})

	test('a frame above the limit costs the connection, with the reason', async () => {
		const { client } = await connect(
			(call, socket) => socket.send(answerText(call.id, 'x'.repeat(Number(call.params[0])))),
			{ maxFrameBytes: 100_000 },
		)
		expect(await client.call('text', [90_000])).toHaveLength(90_000)
		const disconnected = once(client, 'disconnected')
		const error = await client.call('text', [100_000]).catch((reason: unknown) => reason)
		expect(error).toBeInstanceOf(NodeDisconnectedError)
		expect(error).toMatchObject({ cause: expect.any(NodeProtocolError) })
		expect(String((await disconnected)[0])).toContain('Max payload size exceeded')
	})

	test('calls without a connection fail at once', async () => {
		const client = closeLater(
			new NodeClient({ url: 'ws://127.0.0.1:1', jwtSecret: SECRET, hasLargeAnswers }, { log }),
		)
		await expect(client.call('echo', [])).rejects.toThrow(NodeDisconnectedError)
		await expect(client.callRaw('echo', [], String)).rejects.toThrow(NodeDisconnectedError)
		expect(await client.callBatch([{ method: 'echo', params: [] }])).toMatchObject([
			{ status: 'rejected', reason: expect.any(NodeDisconnectedError) },
		])
		await expect(client.whenConnected({ timeoutMs: 5 })).rejects.toThrow(NodeDisconnectedError)
		const waiting = client.whenConnected()
		const closing = client.close()
		await expect(waiting).rejects.toThrow('the client was closed')
		await closing
	})
})
