import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { pino } from 'pino'
import { describe, expect, test } from 'vitest'
import type { WebSocket } from 'ws'
import {
	NodeDisconnectedError,
	type NodeError,
	NodeProtocolError,
	NodeRpcError,
	NodeTimeoutError,
	NodeUnauthorizedError,
} from '../../src/node/errors.js'
import { NodeClient, type NodeClientOptions } from '../../src/node/node-client.js'
import { packageRoot } from '../../src/package-root.js'
import { closeLater, log } from './cleanup.js'
import { type Answering, answerText, NodeServer, SECRET } from './node-server.js'

const FAST = { minDelayMs: 1, maxDelayMs: 10 }

const echo: Answering = (call, socket) => socket.send(answerText(call.id, call.params))
const silence: Answering = () => undefined

describe.each([
	{ socket: 'ws', hasLargeAnswers: false },
	{ socket: 'our own', hasLargeAnswers: true },
])('over a socket of $socket', ({ hasLargeAnswers }) => {
	function makeClient(server: { url: string }, options: Partial<NodeClientOptions> = {}): NodeClient {
		return closeLater(
			new NodeClient(
				{ url: server.url, jwtSecret: SECRET, reconnect: FAST, hasLargeAnswers, ...options },
				{ log },
			),
		)
	}

	async function connect(answering: Answering, options: Partial<NodeClientOptions> = {}) {
		const server = await closeLater(new NodeServer(answering)).listen()
		const client = makeClient(server, options)
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

	test('a wrong secret is refused in the words of the node, and tried again', async () => {
		const server = await closeLater(new NodeServer(echo)).listen()
		const client = makeClient(server, { jwtSecret: new Uint8Array(32) })
		client.start()
		for (let time = 0; time < 3; time++) {
			const [reason] = await once(client, 'refused')
			expect(reason).toBeInstanceOf(NodeUnauthorizedError)
			expect(reason).toMatchObject({
				status: 401,
				reason: 'token signature is invalid: signature is invalid',
			})
			expect(reason.message).toContain('--l2-consensus.jwt-secret')
		}
		expect(server.tokens.length).toBeGreaterThanOrEqual(3)
	})

	test.each([
		[401, 'stale token', 'clocks'],
		[401, 'future token', 'clocks'],
		[403, 'missing token', '--l2-consensus.jwt-secret'],
		[401, '', 'no text'],
		[401, `${'long '.repeat(1_000)}\u0007`, 'long long'],
	])('a handshake answered with %i %j is a refusal that says what to do', async (status, text, advice) => {
		const server = await closeLater(new NodeServer(echo)).listen()
		server.refusal = { status, text }
		const client = makeClient(server)
		client.start()
		const [reason] = await once(client, 'refused')
		expect(reason).toMatchObject({ status })
		expect(reason.message).toContain(advice)
		expect(reason.message.length).toBeLessThan(600)
		server.refusal = undefined
		await client.whenConnected()
		expect(await client.call('echo', [1])).toEqual([1])
	})

	test('a handshake answered with another status is a node that cannot be reached', async () => {
		const server = await closeLater(new NodeServer(echo)).listen()
		server.refusal = { status: 503, text: 'try later' }
		const client = makeClient(server)
		client.start()
		const [reason] = await once(client, 'unreachable')
		expect(reason).toBeInstanceOf(NodeDisconnectedError)
		expect(reason.message).toContain('HTTP 503 try later')
	})

	test('a server that restarts in the middle of calls: they fail, later ones work, each dial has a fresh token', async () => {
		const { server, client } = await connect(silence, { maxCallsInFlight: 2 })
		const answers = [1, 2, 3].map((number) => failure(client.call('echo', [number])))
		await server.called(2)
		const disconnected = once(client, 'disconnected')
		await server.stop()
		for (const error of await Promise.all(answers)) expect(error).toBeInstanceOf(NodeDisconnectedError)
		await disconnected
		expect(client.connected).toBe(false)
		await once(client, 'unreachable')
		server.answering = echo
		await server.listen()
		await client.whenConnected()
		expect(await client.call('echo', [4])).toEqual([4])
		expect(server.tokens).toHaveLength(2)
	})

	test('dials follow with growing delays up to the cap, and begin anew after a stable connection', async () => {
		const server = await closeLater(new NodeServer(echo)).listen()
		await server.stop()
		const reconnect = { minDelayMs: 1, maxDelayMs: 6, stableAfterMs: 0 }
		const options = { url: server.url, jwtSecret: SECRET, reconnect, hasLargeAnswers }
		const client = closeLater(new NodeClient(options, { log, random: () => 1 }))
		client.start()
		const delays: unknown[] = []
		while (delays.length < 6) delays.push((await once(client, 'unreachable'))[1])
		expect(delays).toEqual([1, 2, 4, 6, 6, 6])
		await server.listen()
		await client.whenConnected()
		const disconnected = once(client, 'disconnected')
		await server.stop()
		expect((await disconnected)[1]).toBe(1)
	})

	test('a connection that is lost at once does not begin the delays anew', async () => {
		const server = await closeLater(new NodeServer(echo)).listen()
		const reconnect = { minDelayMs: 1, maxDelayMs: 4, stableAfterMs: 60_000 }
		const options = { url: server.url, jwtSecret: SECRET, reconnect, hasLargeAnswers }
		const client = closeLater(new NodeClient(options, { log, random: () => 1 }))
		client.on('connected', () => {
			for (const socket of server.sockets) socket.terminate()
		})
		client.start()
		const delays: unknown[] = []
		while (delays.length < 4) delays.push((await once(client, 'disconnected'))[1])
		expect(delays).toEqual([1, 2, 4, 4])
	})

	test('neither log nor error nor the client itself shows the secret or a token', async () => {
		const lines: string[] = []
		const trace = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) })
		const server = await closeLater(new NodeServer(echo)).listen()
		const url = server.url.replace('ws://', 'ws://user:password@')
		const client = closeLater(
			new NodeClient({ url, jwtSecret: SECRET, reconnect: FAST, hasLargeAnswers }, { log: trace }),
		)
		client.start()
		await client.whenConnected()
		const disconnected = once(client, 'disconnected')
		await server.stop()
		const reasons: unknown[] = [(await disconnected)[0], (await once(client, 'unreachable'))[0]]
		server.refusal = { status: 401, text: 'stale token' }
		await server.listen()
		reasons.push((await once(client, 'refused'))[0])
		trace.info({ client, reasons, errors: reasons.map((err) => ({ err })) })
		const [token = 'none'] = server.tokens
		const shown = lines.join() + inspect([client, reasons], { depth: 20, showHidden: true })
		expect(shown).toContain('stale token')
		for (const form of ['hex', 'base64', 'latin1'] as const) {
			expect(shown).not.toContain(Buffer.from(SECRET).toString(form))
		}
		expect(shown).not.toContain(inspect(SECRET).slice(15, 40))
		expect(shown).not.toContain(token.split('.')[2])
		expect(shown).not.toContain('password')
	})

	test('a node that closes with a code is told with it', async () => {
		const { server, client } = await connect(silence)
		const disconnected = once(client, 'disconnected')
		for (const socket of server.sockets) socket.close(1001, 'going away')
		const [reason] = await disconnected
		expect(reason.message).toContain('code 1001 "going away"')
	})

	const rsv = Buffer.from([0xf1, 0x01, 0x41])
	const badUtf8Text = Buffer.from([0xff, 0xfe])
	test.each<[string, (socket: WebSocket) => void]>([
		['text that is no JSON', (socket) => socket.send('hello')],
		['half a frame', (socket) => socket.send('{"jsonrpc":"2.0","id":99,"resu')],
		['nothing', (socket) => socket.send('')],
		['a binary frame', (socket) => socket.send(Buffer.from(answerText(1, 'wrong')))],
		['a batch that nobody asked for', (socket) => socket.send(`[${answerText(1, 'wrong')}]`)],
		['a message that is none', (socket) => socket.send('{"jsonrpc":"2.0","id":99}')],
		['a request', (socket) => socket.send('{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}')],
		['bytes that are no UTF-8', (socket) => socket.send(badUtf8Text, { binary: false })],
		['bytes that are no WebSocket frame', (socket) => Reflect.get(socket, '_socket').write(rsv)],
	])('%s costs the connection, fails its calls, and the next connection works', async (_name, send) => {
		const { server, client } = await connect(silence)
		const malformed = once(client, 'malformed')
		const disconnected = once(client, 'disconnected')
		const answer = failure(client.call('never', []))
		await server.called(1)
		for (const socket of server.sockets) send(socket)
		expect((await malformed)[0]).toBeInstanceOf(NodeProtocolError)
		expect((await disconnected)[0]).toBeInstanceOf(NodeProtocolError)
		expect(await answer).toMatchObject({
			name: 'NodeDisconnectedError',
			cause: expect.any(NodeProtocolError),
		})
		server.answering = echo
		await client.whenConnected()
		expect(await client.call('echo', [1])).toEqual([1])
	})

	test.each(['call', 'callRaw'] as const)(
		'half an answer fails its own %s with what was wrong',
		async (way) => {
			for (const size of [10, 5_000]) {
				const { client } = await connect((call, socket) =>
					socket.send(answerText(call.id, 'x'.repeat(size)).slice(0, -20)),
				)
				expect(
					await failure(way === 'call' ? client.call('text', []) : client.callRaw('text', [], String)),
				).toBeInstanceOf(NodeProtocolError)
				await client.close()
			}
		},
	)

	test('a large answer that is broken in the middle fails a parsed call', async () => {
		const { client } = await connect((call, socket) =>
			socket.send(answerText(call.id, 'x'.repeat(5_000)).replace('xx', 'x"')),
		)
		expect(await failure(client.call('text', []))).toBeInstanceOf(NodeProtocolError)
	})

	test.each(['77', 'null', '"1"', '1.5', '-1', '{}', '18446744073709551615'])(
		'an answer with the unknown id %s is reported and costs nothing',
		async (id) => {
			const { client } = await connect((call, socket) => {
				socket.send(`{"jsonrpc":"2.0","id":${id},"result":"wrong"}`)
				socket.send(`{"jsonrpc":"2.0","id":${id},"result":"${'wrong'.repeat(1_000)}"}`)
				echo(call, socket)
			})
			const malformed: Error[] = []
			client.on('malformed', (error) => malformed.push(error))
			expect(await client.call('echo', [1])).toEqual([1])
			expect(malformed).toHaveLength(2)
			expect(malformed[0]?.message).toContain('answer to no call')
		},
	)

	test('a second answer to one call is reported and costs nothing', async () => {
		const { client } = await connect((call, socket) => {
			echo(call, socket)
			echo(call, socket)
		})
		const malformed = once(client, 'malformed')
		expect(await client.call('echo', [1])).toEqual([1])
		await malformed
		expect(await client.call('echo', [2])).toEqual([2])
	})

	test('a server that never finishes the handshake is given up on and dialled again', async () => {
		const server = await closeLater(new NodeServer(echo)).listen()
		server.isMute = true
		const client = makeClient(server, { handshakeTimeoutMs: 20 })
		client.start()
		const [reason] = await once(client, 'unreachable')
		expect(reason.message).toContain('no WebSocket handshake within 20 ms')
		server.isMute = false
		await client.whenConnected()
	})

	test('a peer that does not answer a ping is dropped', async () => {
		const server = closeLater(new NodeServer(silence))
		server.autoPong = false
		await server.listen()
		const client = makeClient(server, { pingIntervalMs: 20 })
		client.start()
		await client.whenConnected()
		const answer = failure(client.call('never', []))
		const [reason] = await once(client, 'disconnected')
		expect(reason.message).toContain('no answer to a ping within 20 ms')
		expect(await answer).toBeInstanceOf(NodeDisconnectedError)
	})

	test('a peer that answers pings is kept, and its own pings are answered', async () => {
		const { server, client } = await connect(echo, { pingIntervalMs: 5 })
		const losses: NodeError[] = []
		client.on('disconnected', (reason) => losses.push(reason))
		const [socket] = server.sockets
		if (socket === undefined) return expect.fail('no connection')
		for (let ping = 0; ping < 10; ping++) await once(socket, 'ping')
		socket.ping('vigil?')
		expect(String((await once(socket, 'pong'))[0])).toBe('vigil?')
		expect(losses).toEqual([])
	})

	test('close during the dial, in every state of it, leaves nothing behind', async () => {
		// Accepts TCP and stays silent: the dial hangs in the handshake.
		const sockets: Socket[] = []
		const tcp = createServer((socket) => sockets.push(socket.on('error', () => undefined))).listen(
			0,
			'127.0.0.1',
		)
		await once(tcp, 'listening')
		const address = tcp.address()
		if (typeof address !== 'object' || address === null) return expect.fail('no address')
		const url = `ws://127.0.0.1:${address.port}`
		const early = makeClient({ url })
		early.start()
		await early.close()
		const hanging = makeClient({ url })
		hanging.start()
		await once(tcp, 'connection')
		const failed = hanging.whenConnected().catch((reason: unknown) => reason)
		await hanging.close()
		expect(await failed).toBeInstanceOf(NodeDisconnectedError)
		const waiting = makeClient(
			{ url: 'ws://127.0.0.1:1' },
			{ reconnect: { minDelayMs: 60_000, maxDelayMs: 60_000 } },
		)
		waiting.start()
		await once(waiting, 'unreachable')
		await waiting.close()
		for (const socket of sockets) socket.destroy()
		tcp.close()
		await once(tcp, 'close')
	})

	test('an aborted signal closes the client: calls fail, the node sees a proper close', async () => {
		const abort = new AbortController()
		const { server, client } = await connect(silence, { signal: abort.signal })
		const [socket] = server.sockets
		if (socket === undefined) return expect.fail('no connection')
		const closed = once(socket, 'close')
		const answer = failure(client.call('never', []))
		abort.abort()
		expect(await answer).toMatchObject({
			name: 'NodeDisconnectedError',
			message: expect.stringContaining('closed'),
		})
		expect((await closed)[0]).toBe(1000)
		await client.close()
		client.start()
		expect(client.connected).toBe(false)
	})

	test('a process that closes its client in the middle of everything exits by itself', async () => {
		const { server } = await connect(silence)
		const child = fileURLToPath(new URL('dist/test/node/child/close-and-exit.js', `${packageRoot().href}/`))
		const running = spawn(process.execPath, [child, server.url, Buffer.from(SECRET).toString('hex')], {
			stdio: ['ignore', 'inherit', 'inherit'],
		})
		expect(await once(running, 'exit')).toEqual([0, null])
	})

	test('no bytes of a node crash the client or resolve a call wrongly', async () => {
		const frames = fc.array(
			fc.oneof(
				fc.uint8Array({ maxLength: 200 }).map((bytes) => ({ bytes: Buffer.from(bytes), binary: false })),
				fc.uint8Array({ maxLength: 50 }).map((bytes) => ({ bytes: Buffer.from(bytes), binary: true })),
				fc.json().map((text) => ({ bytes: Buffer.from(text), binary: false })),
				fc
					.tuple(
						fc.constantFrom('{"jsonrpc":"2.0","id":', '{"id":', '[{"id":'),
						fc.string({ maxLength: 100 }),
					)
					.map(([head, tail]) => ({ bytes: Buffer.from(head + tail), binary: false })),
			),
			{ minLength: 1, maxLength: 10 },
		)
		const { server, client } = await connect(silence, { callTimeoutMs: 5_000 })
		await fc.assert(
			fc.asyncProperty(frames, fc.constantFrom('call' as const, 'callRaw' as const), async (junk, way) => {
				server.answering = (call, socket) => {
					for (const { bytes, binary } of junk) socket.send(bytes, { binary })
					echo(call, socket)
				}
				await client.whenConnected()
				const calling =
					way === 'call' ? client.call('echo', ['right']) : client.callRaw('echo', ['right'], Buffer.from)
				const value: unknown = await calling.catch((reason: unknown) => reason)
				if (value instanceof NodeDisconnectedError || value instanceof NodeProtocolError) return
				expect(value).not.toBeInstanceOf(NodeTimeoutError)
				// Junk may be an error that names this call: the node's own word.
				if (value instanceof NodeRpcError) return
				if (Buffer.isBuffer(value)) expect(JSON.parse(value.toString()).result).toEqual(['right'])
				else expect(value).toEqual(['right'])
			}),
			{ numRuns: 300 },
		)
	})
})
