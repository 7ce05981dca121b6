import { connect, type Socket } from 'node:net'
import { Writable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { RpcListenError } from '../../src/api/http-server.js'
import { type RpcServer, startRpcServer } from '../../src/api/rpc-server.js'
import type { SupervisorReader } from '../../src/api/supervisor-reader.js'
import { createLogger } from '../../src/observability/log.js'
import type { BlockRef } from '../../src/protocol/block.js'
import { type ChainId, chainIdFromBigint } from '../../src/protocol/chain-id.js'
import { FutureDataError, UnknownChainError } from '../../src/protocol/errors.js'
import { type Hash, ZERO_HASH } from '../../src/protocol/hash.js'
import { contextOf } from './context-of.js'
import { call, post, sendRaw } from './rpc-client.js'

const CHAIN = chainIdFromBigint(901n)
const EMPTY_CHAIN = chainIdFromBigint(902n)
const BROKEN_CHAIN = chainIdFromBigint(903n)

const hashOf = (digit: string) => `0x${digit.repeat(64)}` as Hash
const l1: BlockRef = { hash: hashOf('1'), number: 76, parentHash: hashOf('0'), timestamp: 1000 }
const l2: BlockRef = { hash: hashOf('2'), number: 80, parentHash: hashOf('3'), timestamp: 1002 }

/** Answers with more members than the API has, to see that they stay inside. */
const reader: Partial<SupervisorReader> = {
	localUnsafe(chainId: ChainId) {
		if (chainId === EMPTY_CHAIN) throw new FutureDataError('no block of chain 902 is known')
		if (chainId === BROKEN_CHAIN) throw new TypeError('secret detail in /var/lib/vigil')
		if (chainId !== CHAIN) throw new UnknownChainError(chainId)
		return l2
	},
	localSafe: () => ({ source: l1, derived: l2 }),
	syncStatus: () => ({
		minSyncedL1: l1,
		safeTimestamp: 1000,
		finalizedTimestamp: 0,
		chains: new Map([
			[
				CHAIN,
				{
					localUnsafe: l2,
					localSafe: l2,
					crossUnsafe: l2,
					safe: l2,
					finalized: { hash: ZERO_HASH, number: 0 },
				},
			],
		]),
	}),
}

let server: RpcServer
let logLines: Record<string, unknown>[]

beforeEach(async () => {
	logLines = []
	const to = new Writable({
		write(chunk: Buffer, _encoding, done) {
			logLines.push(JSON.parse(chunk.toString()) as Record<string, unknown>)
			done()
		},
	})
	const log = createLogger({ level: 'info', format: 'json', to })
	server = await startRpcServer({ addr: '127.0.0.1', port: 0 }, contextOf(log, reader))
})
afterEach(() => server.close())

const request = (method: string, params: unknown = [], id: unknown = 1) => ({
	jsonrpc: '2.0',
	id,
	method,
	params,
})

async function errorOf(body: string | Uint8Array): Promise<unknown> {
	const answer = await post(server.port, body)
	expect(answer.status).toBe(200)
	return JSON.parse(answer.body)
}

describe('methods', () => {
	test('localUnsafe answers with a block ID', async () => {
		const id = { hash: hashOf('2'), number: 80 }
		expect(await call(server.port, 'supervisor_localUnsafe', ['901'])).toEqual({
			jsonrpc: '2.0',
			id: 1,
			result: id,
		})
		expect(await call(server.port, 'supervisor_localUnsafe', ['0x385'])).toMatchObject({ result: id })
	})

	test('localSafe answers with a pair of block IDs', async () => {
		const { result } = await call(server.port, 'supervisor_localSafe', ['901'])
		expect(result).toEqual({
			source: { hash: hashOf('1'), number: 76 },
			derived: { hash: hashOf('2'), number: 80 },
		})
	})

	test('syncStatus answers in the exact encoding', async () => {
		const { body } = await post(server.port, JSON.stringify(request('supervisor_syncStatus')))
		const id = `{"hash":"${l2.hash}","number":80}`
		expect(body).toBe(
			`{"jsonrpc":"2.0","id":1,"result":{"minSyncedL1":{"hash":"${l1.hash}","number":76,"parentHash":"${l1.parentHash}",` +
				'"timestamp":1000},"safeTimestamp":1000,"finalizedTimestamp":0,"chains":{"901":{"localUnsafe":' +
				`{"hash":"${l2.hash}","number":80,"parentHash":"${l2.parentHash}","timestamp":1002},"localSafe":${id},` +
				`"crossUnsafe":${id},"safe":${id},"finalized":{"hash":"${ZERO_HASH}","number":0}}}}}`,
		)
	})

	test('params may be left out where there are none', async () => {
		const { body } = await post(server.port, '{"jsonrpc":"2.0","id":"a","method":"supervisor_syncStatus"}')
		expect(JSON.parse(body)).toMatchObject({ id: 'a', result: { safeTimestamp: 1000 } })
	})

	test.each([
		['an unknown chain', ['904'], -320501, /unknown chain/],
		['a chain without blocks', ['902'], -321401, /future data/],
		['a chain ID as number', [901], -32602, /^invalid argument 0: .*found 901/],
		['a chain ID that is none', ['0xzz'], -32602, /^invalid argument 0: /],
		['a chain ID beyond 256 bits', [`0x1${'0'.repeat(64)}`], -32602, /^invalid argument 0: /],
		['a missing chain ID', [], -32602, /^missing value for required argument 0/],
		['a null chain ID', [null], -32602, /^missing value for required argument 0/],
		['one parameter too many', ['901', 1], -32602, /^too many arguments, want at most 1/],
		['named parameters', { chainID: '901' }, -32602, /must be an array/],
	])('%s', async (_what, params, code, message) => {
		const { error } = await call(server.port, 'supervisor_localUnsafe', params)
		expect(error).toEqual({ code, message: expect.stringMatching(message) })
	})

	test('an unknown method is named, in part if it is long', async () => {
		const { error } = await call(server.port, 'supervisor_nothing', [])
		expect(error).toEqual({
			code: -32601,
			message: 'the method supervisor_nothing does not exist/is not available',
		})
		const { body } = await post(server.port, JSON.stringify(request('x'.repeat(100_000))))
		expect(body.length).toBeLessThan(300)
		for (const method of ['__proto__', 'constructor', 'toString']) {
			expect(await call(server.port, method, [])).toMatchObject({ error: { code: -32601 } })
		}
	})

	test('a fault inside tells the caller nothing and the log everything', async () => {
		const answer = await call(server.port, 'supervisor_localUnsafe', ['903'])
		expect(answer).toEqual({ jsonrpc: '2.0', id: 1, error: { code: -32603, message: 'internal error' } })
		const logged = logLines.find(({ level }) => level === 'error')
		expect(logged).toMatchObject({
			method: 'supervisor_localUnsafe',
			err: { message: expect.stringContaining('secret') },
		})
	})
})

describe('messages', () => {
	test.each<[string, string | Uint8Array, unknown, number]>([
		['an empty body', '', null, -32700],
		['half a message', '{"jsonrpc":"2.0"', null, -32700],
		['bytes that are not UTF-8', Buffer.from([0x22, 0xc3, 0x28, 0x22]), null, -32700],
		['a lone surrogate in UTF-8', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), null, -32700],
		['a byte order mark', '\ufeff{}', null, -32700],
		['NaN', '{"jsonrpc":"2.0","id":NaN}', null, -32700],
		['a number', '7', null, -32600],
		['null', 'null', null, -32600],
		['an empty object', '{}', null, -32600],
		['an empty batch', '[]', null, -32600],
		['no version', '{"id":4,"method":"supervisor_syncStatus"}', 4, -32600],
		['an old version', '{"jsonrpc":"1.0","id":4,"method":"supervisor_syncStatus"}', 4, -32600],
		['no method', '{"jsonrpc":"2.0","id":4}', 4, -32600],
		['a method that is no string', '{"jsonrpc":"2.0","id":4,"method":{}}', 4, -32600],
		['an object as id', '{"jsonrpc":"2.0","id":{},"method":"supervisor_syncStatus"}', null, -32600],
		['an id that would be rounded', '{"jsonrpc":"2.0","id":9007199254740993,"method":"x"}', null, -32600],
		['an id beyond all numbers', '{"jsonrpc":"2.0","id":1e999,"method":"x"}', null, -32600],
		['text as params', '{"jsonrpc":"2.0","id":4,"method":"supervisor_syncStatus","params":"x"}', 4, -32602],
	])('%s', async (_what, body, id, code) => {
		expect(await errorOf(body)).toEqual({ jsonrpc: '2.0', id, error: { code, message: expect.any(String) } })
	})

	test('deep nesting is an error like any other', async () => {
		const deep = '['.repeat(1_000_000)
		expect(await errorOf(deep)).toMatchObject({ error: { code: -32700 } })
		expect(await errorOf(`${deep}${']'.repeat(1_000_000)}`)).toEqual([
			expect.objectContaining({ error: expect.objectContaining({ code: -32600 }) }),
		])
		const params = `[${'['.repeat(100_000)}${']'.repeat(100_000)}]`
		expect(
			await errorOf(`{"jsonrpc":"2.0","id":1,"method":"supervisor_localUnsafe","params":${params}}`),
		).toMatchObject({ id: 1, error: { code: -32602 } })
	})

	test('a batch is answered in order, notifications are not', async () => {
		const batch = [
			request('supervisor_localUnsafe', ['901'], 'first'),
			7,
			{ jsonrpc: '2.0', method: 'supervisor_syncStatus' },
			request('supervisor_nothing', [], null),
			{ jsonrpc: '2.0', method: 'supervisor_nothing' },
			request('supervisor_localUnsafe', ['903'], 3),
		]
		const { body } = await post(server.port, JSON.stringify(batch))
		expect(JSON.parse(body)).toEqual([
			expect.objectContaining({ id: 'first', result: { hash: hashOf('2'), number: 80 } }),
			expect.objectContaining({ id: null, error: expect.objectContaining({ code: -32600 }) }),
			expect.objectContaining({ id: null, error: expect.objectContaining({ code: -32601 }) }),
			expect.objectContaining({ id: 3, error: { code: -32603, message: 'internal error' } }),
		])
	})

	test('notifications alone get an empty answer', async () => {
		const notification = '{"jsonrpc":"2.0","method":"supervisor_syncStatus"}'
		expect(await post(server.port, notification)).toEqual({ status: 200, body: '' })
		expect(await post(server.port, `[${notification}]`)).toEqual({ status: 200, body: '' })
	})

	test('a batch of 1,000 is served, one of 1,001 is not', async () => {
		const batch = Array.from({ length: 1_001 }, (_, id) => request('supervisor_localUnsafe', ['901'], id))
		const answers = JSON.parse((await post(server.port, JSON.stringify(batch.slice(1)))).body) as {
			id: number
		}[]
		expect(answers.map(({ id }) => id)).toEqual(batch.slice(1).map(({ id }) => id))
		expect(await errorOf(JSON.stringify(batch))).toEqual([
			{ jsonrpc: '2.0', id: 0, error: { code: -32600, message: expect.stringContaining('batch too large') } },
		])
	})
})

describe('HTTP', () => {
	test('health', async () => {
		const response = await fetch(`http://127.0.0.1:${server.port}/healthz`)
		expect([response.status, await response.json()]).toEqual([200, { status: 'ok', version: '1.2.3' }])
	})

	test.each(['application/json; charset=utf-8', 'application/json-rpc', 'application/jsonrequest'])(
		'content type %s is taken',
		async (type) => {
			expect((await post(server.port, JSON.stringify(request('supervisor_syncStatus')), type)).status).toBe(
				200,
			)
		},
	)

	test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/xml', ''])(
		'content type "%s" is refused',
		async (type) => {
			const { status, body } = await post(server.port, '{}', type)
			expect(status).toBe(415)
			expect(JSON.parse(body)).toMatchObject({
				error: { code: -32600, message: expect.stringContaining('content type') },
			})
		},
	)

	test('a body of 5 MB is read, a larger one is refused, announced or not', async () => {
		const limit = 5 * 1024 * 1024
		const text = JSON.stringify(request('supervisor_syncStatus'))
		expect((await post(server.port, text.padEnd(limit, ' '))).status).toBe(200)
		const refused = await post(server.port, text.padEnd(limit + 1, ' '))
		expect(refused.status).toBe(413)
		expect(JSON.parse(refused.body)).toMatchObject({
			error: { code: -32600, message: 'request body too large' },
		})
	})

	test.each([
		['GET', '/', 200],
		['PUT', '/', 405],
		['DELETE', '/', 405],
		['GET', '/x', 404],
		['POST', '/../../etc/passwd', 404],
	])('%s %s: %d', async (method, path, status) => {
		const response = await fetch(`http://127.0.0.1:${server.port}${path}`, { method })
		expect(response.status).toBe(status)
		expect(await response.text()).not.toMatch(/stack|node_modules/)
	})

	test.each([
		'GARBAGE\r\n\r\n',
		'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello',
		'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
		`GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
	])('malformed HTTP is refused and the next request served: %j', async (bytes) => {
		expect(await sendRaw(server.port, bytes)).toMatch(/^HTTP\/1\.1 4/)
		expect(await call(server.port, 'supervisor_localUnsafe', ['901'])).toHaveProperty('result')
	})
})

describe('life', () => {
	test('the bound address is logged once, as tools expect it', () => {
		expect(server.addr).toBe(`127.0.0.1:${server.port}`)
		expect(logLines.filter(({ msg }) => msg === 'RPC server bound to address')).toEqual([
			expect.objectContaining({ level: 'info', addr: server.addr }),
		])
	})

	test('a port in use is an error that says what to do', async () => {
		const log = createLogger({ level: 'silent', format: 'json', to: 'stderr' })
		const start = startRpcServer({ addr: '127.0.0.1', port: server.port }, contextOf(log, reader))
		await expect(start).rejects.toThrow(RpcListenError)
		await expect(start).rejects.toThrow('it is in use; choose another with --rpc.port')
	})

	test('close ends with clients that keep idle, silent and half-sent connections', async () => {
		const open = (bytes: string) =>
			new Promise<Socket>((resolve) => {
				const socket = connect(server.port, '127.0.0.1', () => {
					if (bytes === '') resolve(socket)
					else socket.write(bytes, () => resolve(socket))
				})
				socket.on('error', () => {}) // Being cut off is what the test wants.
			})
		const idle = await open('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n')
		await new Promise((resolve) => idle.once('data', resolve))
		const sockets = [idle, await open(''), await open('POST / HTTP/1.1\r\nHost: x\r\nContent-Le')]
		const closed = sockets.map((socket) => new Promise((resolve) => socket.resume().once('close', resolve)))
		await server.close()
		await Promise.all(closed)
		await expect(fetch(`http://127.0.0.1:${server.port}/healthz`)).rejects.toThrow()
	})
})
