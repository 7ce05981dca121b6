import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { createServer, type Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import {
	NodeDisconnectedError,
	NodeFloodError,
	NodeProtocolError,
	NodeTimeoutError,
} from '../../src/node/errors.js'
import { ManagedNode, type ManagedNodeOptions } from '../../src/node/managed-node.js'
import { NodeClient } from '../../src/node/node-client.js'
import { parseChainId } from '../../src/protocol/chain-id.js'
import { textFrameHeader } from '../../src/recording/replay/text-frame.js'
import { closeLater, log } from './cleanup.js'
import { HttpNodeServer } from './http-node-server.js'
import {
	answerAll,
	answerText,
	errorText,
	eventText,
	NodeServer,
	type Reply,
	type RpcCall,
	SECRET,
} from './node-server.js'

const CHAIN_901 = parseChainId('901', 'chain')
const FAST = { minDelayMs: 1, maxDelayMs: 10 }
const HELLO = { interop_chainID: '901', interop_subscribe: '0xabc', interop_resetPreInterop: null }
const MB = 1024 * 1024
const GB = 1024 * MB

/** What a flood may make the process grow by: the limit of a message, some reads, and what the sender holds. */
const MAX_GROWTH = 128 * MB
/** What gets out of the sender: the limit of a message, and what the kernel holds for the two. */
const MAX_SENT = 64 * MB

const VALID = eventText('0xabc', { reset: 'again' })
const MALFORMED = eventText('0xabc', { unsafeBlock: 'junk' })

describe.each([
	{ socket: 'ws', hasLargeAnswers: false },
	{ socket: 'our own', hasLargeAnswers: true },
])('over a socket of $socket', ({ hasLargeAnswers }) => {
	function makeNode(url: string, options: Partial<ManagedNodeOptions> = {}): ManagedNode {
		return closeLater(
			new ManagedNode(
				{ url, jwtSecret: SECRET, expected: CHAIN_901, reconnect: FAST, hasLargeAnswers, ...options },
				{ log },
			),
		)
	}

	async function ready(url: string, options: Partial<ManagedNodeOptions> = {}): Promise<ManagedNode> {
		const node = makeNode(url, options)
		node.start()
		await once(node, 'ready')
		return node
	}

	/** A ready node over WebSocket, and the TCP socket of its server. */
	async function connected(options: Partial<ManagedNodeOptions> = {}) {
		const server = await closeLater(new NodeServer(answerAll(HELLO))).listen()
		const node = await ready(server.url, options)
		const [socket] = server.sockets
		const tcp: unknown = socket && Reflect.get(socket, '_socket')
		if (socket === undefined || !isSocket(tcp)) return expect.fail('no connection')
		return { server, node, socket, tcp }
	}

	function isSocket(value: unknown): value is Socket {
		return typeof value === 'object' && value !== null && 'destroySoon' in value
	}

	interface Writer {
		readonly destroyed: boolean
		write(chunk: Buffer): boolean
		once(event: 'drain' | 'close', listener: () => void): unknown
	}

	/** Writes the same bytes as fast as they are taken, until the writer is cut or a GB is out. */
	async function pour(to: Writer, chunk: Buffer): Promise<number> {
		let sent = 0
		const closed = new Promise<void>((resolve) => to.once('close', resolve))
		while (!to.destroyed && sent < GB) {
			sent += chunk.length
			if (to.write(chunk)) continue
			await Promise.race([new Promise<void>((resolve) => to.once('drain', resolve)), closed])
		}
		return sent
	}

	/** Looks at the memory of the process until `until` is settled; the sender is part of it. */
	async function growth<T>(until: Promise<T>): Promise<{ value: T; bytes: number }> {
		const before = process.memoryUsage.rss()
		let most = before
		const timer = setInterval(() => {
			most = Math.max(most, process.memoryUsage.rss())
		}, 5)
		try {
			return { value: await until, bytes: most - before }
		} finally {
			clearInterval(timer)
		}
	}

	/** A second, correct node of the process that answers during all of it. */
	async function neighbour(): Promise<() => Promise<void>> {
		const server = await closeLater(new NodeServer(answerAll(HELLO))).listen()
		const node = await ready(server.url)
		const losses: Error[] = []
		node.on('down', (reason) => losses.push(reason))
		return async () => {
			await node.resetPreInterop()
			const event = once(node, 'event')
			for (const socket of server.sockets) socket.send(VALID)
			await event
			expect(losses).toEqual([])
		}
	}

	test.each([
		['valid', VALID],
		['malformed', MALFORMED],
		['of another method', '{"jsonrpc":"2.0","method":"eth_subscription","params":{"subscription":"0xabc"}}'],
	])(
		'a node that sends 10,000 events a second is dropped with that reason, and dialled again: %s',
		async (_name, text) => {
			const { node, socket } = await connected()
			const isFine = await neighbour()
			const timer = setInterval(() => {
				for (let event = 0; event < 100; event++) socket.send(text)
			}, 10)
			const down = once(node, 'down')
			const { value, bytes } = await growth(down)
			clearInterval(timer)
			const [reason] = value
			expect(reason).toBeInstanceOf(NodeFloodError)
			expect(reason.message).toMatch(/it sent \d{4,5} messages that nobody asked for within \d\.\d s/)
			expect(bytes).toBeLessThan(MAX_GROWTH)
			await once(node, 'ready')
			await isFine()
		},
	)

	test('a flood that a slow consumer throttles is one all the same', async () => {
		const { node, tcp } = await connected({ unasked: { burst: 1_000 } })
		let seen = 0
		// 50 events in 100 ms: half of what a node may say for ever, if all of it were read.
		node.on('event', () => {
			if (++seen % 50 !== 0) return
			node.pause()
			setTimeout(() => node.resume(), 100)
		})
		const frame = Buffer.concat([textFrameHeader(VALID.length), Buffer.from(VALID)])
		const poured = pour(tcp, Buffer.concat(Array.from({ length: 100 }, () => frame)))
		const { value, bytes } = await growth(once(node, 'down'))
		expect(value[0]).toBeInstanceOf(NodeFloodError)
		expect(seen).toBeLessThan(3_000)
		expect(await poured).toBeLessThan(MAX_SENT)
		expect(bytes).toBeLessThan(MAX_GROWTH)
	})

	test('a flood at a paused node stays with the sender', async () => {
		const { node, tcp } = await connected({ pingIntervalMs: 5 })
		node.pause()
		const frame = Buffer.concat([textFrameHeader(VALID.length), Buffer.from(VALID)])
		const poured = pour(tcp, Buffer.concat(Array.from({ length: 1_000 }, () => frame)))
		// The amount waiting at the sender stands still once the receiver does not read.
		let before = -1
		while (before !== tcp.bytesWritten) {
			before = tcp.bytesWritten
			for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
		}
		expect(tcp.bytesWritten).toBeLessThan(MAX_SENT)
		expect(node.state).toBe('ready')
		const down = once(node, 'down')
		node.resume()
		expect((await down)[0]).toBeInstanceOf(NodeFloodError)
		expect(await poured).toBeLessThan(MAX_SENT)
	})

	test('a node may say as much as it likes for the L1 blocks that it is given', async () => {
		const { node, socket, server } = await connected({
			unasked: { burst: 200, perSecond: 1, perL1Block: 100 },
		})
		server.answering = answerAll({ ...HELLO, interop_provideL1: null })
		const hash = `0x${'1'.repeat(64)}` as Parameters<ManagedNode['provideL1']>[0]['hash']
		let seen = 0
		node.on('event', () => seen++)
		for (let number = 1; number <= 20; number++) {
			await node.provideL1({ hash, number, parentHash: hash, timestamp: number })
			for (let event = 0; event < 100; event++) socket.send(VALID)
			await node.resetPreInterop()
		}
		expect(seen).toBe(2_000)
		expect(node.state).toBe('ready')
		const down = once(node, 'down')
		// The same block over and over gives nothing.
		for (let again = 0; again < 3 && node.state === 'ready'; again++) {
			await node.provideL1({ hash, number: 20, parentHash: hash, timestamp: 20 }).catch(() => undefined)
			for (let event = 0; event < 100; event++) socket.send(VALID)
		}
		expect((await down)[0]).toBeInstanceOf(NodeFloodError)
	})

	function frame(opcode: number, payload: Buffer): Buffer {
		const head = Buffer.from(textFrameHeader(payload.length))
		head[0] = opcode
		return Buffer.concat([head, payload])
	}

	function many(one: Buffer, bytes = 256 * 1024): Buffer {
		return Buffer.concat(Array.from({ length: Math.ceil(bytes / one.length) }, () => one))
	}

	const TEXT_PART = 0x01
	const MORE = 0x00
	const PING = 0x89
	const PONG = 0x8a

	test.each<[string, Buffer, Buffer, typeof NodeProtocolError, string]>([
		[
			'one huge frame',
			textFrameHeader(GB),
			Buffer.alloc(256 * 1024, 'x'),
			NodeFloodError,
			'a message of more than',
		],
		[
			'one huge frame below the limit of receipts',
			textFrameHeader(100 * MB),
			Buffer.alloc(MB, 'x'),
			NodeFloodError,
			'a message of more than',
		],
		[
			'large fragments without end',
			frame(TEXT_PART, Buffer.from('"')),
			frame(MORE, Buffer.alloc(64 * 1024, 'x')),
			NodeFloodError,
			'a message of more than',
		],
		[
			'tiny fragments without end',
			frame(TEXT_PART, Buffer.from('"')),
			many(frame(MORE, Buffer.from('x'))),
			NodeFloodError,
			'a message in too many parts',
		],
		[
			'empty fragments without end',
			frame(TEXT_PART, Buffer.from('"')),
			many(frame(MORE, Buffer.alloc(0))),
			NodeFloodError,
			'a message in too many parts',
		],
		[
			'answers to no call',
			Buffer.alloc(0),
			many(frame(0x81, Buffer.from(answerText(9_999, 1)))),
			NodeFloodError,
			'messages that nobody asked for',
		],
		[
			'pings',
			Buffer.alloc(0),
			many(frame(PING, Buffer.alloc(125))),
			NodeFloodError,
			hasLargeAnswers ? 'messages that nobody asked for' : 'more pings than it reads answers to',
		],
		[
			'pongs',
			Buffer.alloc(0),
			many(frame(PONG, Buffer.alloc(0))),
			NodeFloodError,
			'messages that nobody asked for',
		],
		[
			'small frames that are no JSON',
			Buffer.alloc(0),
			many(frame(0x81, Buffer.from('junk'))),
			NodeProtocolError,
			'no JSON',
		],
		['bytes that are no frames', Buffer.alloc(0), Buffer.alloc(256 * 1024, 0xff), NodeProtocolError, 'RSV'],
	])(
		'1 GB of %s costs little memory, and the connection, with the reason',
		async (_name, head, chunk, kind, text) => {
			const { node, tcp } = await connected()
			const isFine = await neighbour()
			tcp.write(head)
			const poured = pour(tcp, chunk)
			const { value, bytes } = await growth(once(node, 'down'))
			expect(value[0]).toBeInstanceOf(kind)
			expect(value[0].message).toContain(text)
			expect(await poured).toBeLessThan(MAX_SENT)
			expect(bytes).toBeLessThan(MAX_GROWTH)
			await isFine()
			await once(node, 'ready')
		},
	)

	test('a message that never ends, byte by byte, costs the connection', async () => {
		const { node, tcp } = await connected({ pingIntervalMs: 20 })
		tcp.write(textFrameHeader(MB))
		const timer = setInterval(() => tcp.write('x'), 1)
		const [reason] = await once(node, 'down')
		clearInterval(timer)
		expect(reason).toBeInstanceOf(NodeFloodError)
		expect(reason.message).toContain('a message without an end')
	})

	test('a node that reads nothing while it is asked for more and more is dropped', async () => {
		const server = await closeLater(new NodeServer(answerAll(HELLO))).listen()
		const client = closeLater(
			new NodeClient({ url: server.url, jwtSecret: SECRET, reconnect: FAST, hasLargeAnswers }, { log }),
		)
		client.start()
		await client.whenConnected()
		for (const socket of server.sockets) socket.pause()
		const disconnected = once(client, 'disconnected')
		const padding = 'x'.repeat(MB)
		const calls = Array.from({ length: 64 }, () => client.call('echo', [padding]))
		const outcomes = await Promise.allSettled(calls)
		const [reason] = await disconnected
		expect(reason).toBeInstanceOf(NodeDisconnectedError)
		expect(reason.message).toContain('it does not read')
		for (const outcome of outcomes) expect(outcome).toMatchObject({ status: 'rejected' })
	})

	/** A TCP server that answers whatever it is sent with a beginning, and then the same bytes over and over. */
	async function pouring(head: string, chunk: Buffer) {
		const pours: Promise<number>[] = []
		const server = createServer((socket) => {
			socket.on('error', () => undefined)
			socket.once('data', () => {
				socket.write(head)
				pours.push(pour(socket, chunk))
			})
			socket.resume()
		})
		server.listen(0, '127.0.0.1')
		await once(server, 'listening')
		const address = server.address()
		if (typeof address !== 'object' || address === null) return expect.fail('no address')
		closeLater({
			close: async () => {
				server.close()
				await once(server, 'close')
			},
		})
		return { host: `127.0.0.1:${address.port}`, pours }
	}

	const JUNK = Buffer.alloc(256 * 1024, 'x')
	const HEADERS = many(Buffer.from('x-junk: junk\r\n'))
	const CHUNKS = Buffer.concat([Buffer.from('40000\r\n'), JUNK, Buffer.from('\r\n')])
	const OK = 'HTTP/1.1 200 OK\r\n'

	test.each<[string, string, Buffer, string]>([
		['http', OK, HEADERS, 'headers without an end'],
		['http', `${OK}x: `, JUNK, 'headers without an end'],
		['http', `${OK}content-length: ${GB}\r\n\r\n`, JUNK, 'an answer of more than'],
		['http', `${OK}transfer-encoding: chunked\r\n\r\n`, CHUNKS, 'an answer of more than'],
		['http', `${OK}\r\n`, JUNK, 'an answer of more than'],
		['http', 'HTTP/1.1 503 No\r\ntransfer-encoding: chunked\r\n\r\n', CHUNKS, 'HTTP 503 xxx'],
		['http', '', JUNK, 'broke the protocol: Response does not match'],
		['ws', OK, HEADERS, 'headers without an end'],
		['ws', 'HTTP/1.1 503 No\r\ntransfer-encoding: chunked\r\n\r\n', CHUNKS, 'HTTP 503 xxx'],
		['ws', '', JUNK, 'HPE_INVALID'],
	])('%s: 1 GB in answer to the first request costs little memory: %j', async (scheme, head, chunk, text) => {
		const { host, pours } = await pouring(head, chunk)
		const isFine = await neighbour()
		const node = makeNode(`${scheme}://${host}`, { reconnect: { minDelayMs: 60_000, maxDelayMs: 60_000 } })
		const down = once(node, 'down')
		node.start()
		const { value, bytes } = await growth(down)
		expect(value[0].message).toContain(text)
		if (/without an end|more than/.test(text)) expect(value[0]).toBeInstanceOf(NodeFloodError)
		expect(Math.max(...(await Promise.all(pours)))).toBeLessThan(MAX_SENT)
		expect(bytes).toBeLessThan(MAX_GROWTH)
		await isFine()
		await node.close()
	})

	async function overHttp(
		answering: (call: RpcCall, reply: Reply, response: ServerResponse) => void,
		options: Partial<ManagedNodeOptions> = {},
	) {
		const server = await closeLater(new HttpNodeServer(answering)).listen()
		return ready(server.url, options)
	}

	const OUT_OF_EVENTS = (call: RpcCall, reply: Reply) =>
		reply.send(errorText(call.id, -39001, 'out of events'))

	test('endless bodies of a node over HTTP, to many calls at once, cost little memory', async () => {
		const pours: Promise<number>[] = []
		let isPouring = true
		const node = await overHttp((call, reply, response) => {
			if (call.method === 'interop_chainID') reply.send(answerText(call.id, '901'))
			else if (call.method === 'interop_pullEvent' || !isPouring) OUT_OF_EVENTS(call, reply)
			else {
				response.writeHead(200)
				pours.push(pour(response, JUNK))
			}
		})
		const down = once(node, 'down')
		const calls = Array.from({ length: 64 }, () => node.resetPreInterop().catch((error: unknown) => error))
		const { value, bytes } = await growth(down)
		isPouring = false
		expect(value[0]).toBeInstanceOf(NodeFloodError)
		expect(value[0].message).toContain('an answer of more than')
		for (const error of await Promise.all(calls)) expect(error).toBeInstanceOf(NodeDisconnectedError)
		expect(bytes).toBeLessThan(2 * MAX_GROWTH)
		await Promise.all(pours)
		await once(node, 'ready')
	})

	test('a body that trickles for ever ends at the deadline', async () => {
		let trickle: NodeJS.Timeout | undefined
		const node = await overHttp(
			(call, reply, response) => {
				if (call.method === 'interop_chainID') reply.send(answerText(call.id, '901'))
				else if (call.method === 'interop_pullEvent') OUT_OF_EVENTS(call, reply)
				else {
					response.writeHead(200)
					trickle = setInterval(() => response.write('x'), 1)
					response.on('close', () => clearInterval(trickle))
				}
			},
			{ callTimeoutMs: 5_000 },
		)
		const error = await node.resetPreInterop({ timeoutMs: 50 }).catch((reason: unknown) => reason)
		expect(error).toBeInstanceOf(NodeTimeoutError)
		expect(node.state).toBe('ready')
	})

	test('a node over HTTP that never runs out of events is dropped', async () => {
		let isFlooding = true
		const node = await overHttp(
			(call, reply) => {
				if (call.method === 'interop_chainID') reply.send(answerText(call.id, '901'))
				else if (isFlooding) reply.send(answerText(call.id, { reset: 'again' }))
				else OUT_OF_EVENTS(call, reply)
			},
			{ unasked: { burst: 500, perSecond: 10 } },
		)
		const [reason] = await once(node, 'down')
		isFlooding = false
		expect(reason).toBeInstanceOf(NodeFloodError)
		await once(node, 'ready')
	})

	test('a node that floods is dialled again with growing delays, however long it took', async () => {
		const server = await closeLater(new NodeServer()).listen()
		const reconnect = { minDelayMs: 1, maxDelayMs: 8, stableAfterMs: 0 }
		const client = closeLater(
			new NodeClient(
				{ url: server.url, jwtSecret: SECRET, reconnect, hasLargeAnswers, unasked: { burst: 10 } },
				{ log, random: () => 1 },
			),
		)
		client.on('connected', () => {
			for (const socket of server.sockets) for (let event = 0; event < 100; event++) socket.send(VALID)
		})
		client.start()
		const delays: unknown[] = []
		while (delays.length < 5) {
			const [reason, delay] = await once(client, 'disconnected')
			expect(reason).toBeInstanceOf(NodeFloodError)
			delays.push(delay)
		}
		expect(delays).toEqual([1, 2, 4, 8, 8])
	})
})
