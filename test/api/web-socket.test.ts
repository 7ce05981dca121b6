import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { until } from '../supervisor/deadline.js'
import { exchange, postRequest, received } from './raw-client.js'
import { servedStore } from './served-store.js'
import { SocketClient } from './socket-client.js'

const GOOD = '{"jsonrpc":"2.0","id":1,"method":"supervisor_localUnsafe","params":["10"]}'
const UPGRADE =
	'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n'

const bodyOf = (text: string) => JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4))

describe('messages', () => {
	test('are answered as a POST is, batches too', async () => {
		const { server, checks } = await servedStore()
		const client = await SocketClient.open(server.port)
		const requests = checks.slice(0, 50).map(({ inboxEntries, minSafety, executingDescriptor }, id) => ({
			jsonrpc: '2.0',
			id,
			method: 'supervisor_checkAccessList',
			params: [inboxEntries, minSafety, executingDescriptor],
		}))
		for (const message of [...requests, 7, []]) client.socket.send(JSON.stringify(message))
		client.socket.send('{')
		await client.received('all answers', () => client.messages.length === requests.length + 3)
		client.socket.send(JSON.stringify(requests))
		await client.received('the answer to a batch', (message) => Array.isArray(message))
		const posted = await exchange(server.port, postRequest(JSON.stringify(requests)))
		expect(client.messages.slice(0, 50)).toEqual(bodyOf(posted))
		expect(client.messages[53]).toEqual(bodyOf(posted))
		expect(client.messages.slice(50, 53)).toEqual([
			expect.objectContaining({ error: expect.objectContaining({ code: -32600 }) }),
			expect.objectContaining({ error: expect.objectContaining({ code: -32600 }) }),
			expect.objectContaining({ error: expect.objectContaining({ code: -32700 }) }),
		])
	})

	test('notifications get no answer', async () => {
		const { server } = await servedStore()
		const client = await SocketClient.open(server.port)
		client.socket.send('{"jsonrpc":"2.0","method":"supervisor_syncStatus"}')
		expect(await client.call('health_status')).toMatchObject({ id: 1, result: '1.2.3' })
		expect(client.messages.length).toBe(1)
	})

	test('one that is too large ends the connection with a reason', async () => {
		const { server } = await servedStore({ limits: { bodyBytes: 10_000 } })
		const client = await SocketClient.open(server.port)
		client.socket.send('x'.repeat(10_001))
		expect(await client.closed).toMatchObject({ code: 1009 })
	})

	test('on another path there is nothing', async () => {
		const { server } = await servedStore()
		expect(await exchange(server.port, UPGRADE.replace('GET /', 'GET /other'))).toMatch(/^HTTP\/1\.1 404 /)
	})

	test('at the end of the server the client is told', async () => {
		const { server } = await servedStore()
		const client = await SocketClient.open(server.port)
		await server.close()
		expect(await client.closed).toEqual({ code: 1001, reason: 'the server stops' })
	})
})

describe('floods', () => {
	test('who does not read is not read from, and gets everything once it reads', async () => {
		const { server } = await servedStore({ limits: { unreadBytesPerSocket: 100_000 } })
		const client = await SocketClient.open(server.port)
		client.socket.pause()
		const batch = (id: number) =>
			JSON.stringify(Array.from({ length: 200 }, () => ({ ...JSON.parse(GOOD), id })))
		const sent = 400
		for (let id = 0; id < sent; id++) client.socket.send(batch(id))
		// 12 MB of answers that nobody reads: the server stops reading 6 MB of questions.
		expect(await exchange(server.port, postRequest(GOOD))).toContain('"result"')
		client.socket.resume()
		await client.received('the last answer', () => client.messages.length === sent)
		const ids = client.messages.map((answers) => (answers as unknown as { id: number }[])[0]?.id)
		expect(new Set(ids)).toEqual(new Set(Array.from({ length: sent }, (_, id) => id)))
	})

	test('a message that does not come to its end is given up', async () => {
		const { server } = await servedStore({ limits: { requestTimeoutMs: 100 } })
		const frame = Buffer.from([0x81, 0xfe, 0x01, 0x00, 0, 0, 0, 0, 0x20, 0x20])
		const text = await exchange(server.port, Buffer.concat([Buffer.from(UPGRADE), frame]), { end: false })
		expect(text).toMatch(/^HTTP\/1\.1 101 /)
		expect(await exchange(server.port, postRequest(GOOD))).toContain('"result"')
	})

	test('messages that are being received have one limit together: who has sent most goes first', async () => {
		const { server } = await servedStore({ limits: { bufferedBytes: 500_000 } })
		const partial = (bytes: number) => {
			const frame = Buffer.alloc(14 + bytes, ' ')
			frame.set([0x81, 0xff, 0, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0])
			return Buffer.concat([Buffer.from(UPGRADE), frame])
		}
		const small = connect(server.port, '127.0.0.1')
		small.write(partial(100_000))
		const smallEnd = received(small)
		const text = await exchange(server.port, partial(450_000), { end: false })
		expect(text).toMatch(/^HTTP\/1\.1 101 /)
		expect(small.destroyed).toBe(false)
		small.destroy()
		await smallEnd
	})

	test('who does not answer pings is cut off', async () => {
		const { server } = await servedStore({ limits: { pingIntervalMs: 100 } })
		const text = await exchange(server.port, UPGRADE, { end: false })
		expect(text).toMatch(/^HTTP\/1\.1 101 /)
	})
})

describe('subscriptions', () => {
	test('who is told more than it reads is closed with the reason', async () => {
		const { server, cluster, logs } = await servedStore({ limits: { unreadBytesPerSocket: 100_000 } })
		const client = await SocketClient.open(server.port)
		await client.subscribe('failsafe')
		client.socket.pause()
		const batch = JSON.stringify(Array.from({ length: 200 }, () => JSON.parse(GOOD)))
		for (let i = 0; i < 1_000; i++) client.socket.send(batch)
		let isClosed = false
		const closed = logs
			.logged('the close', ({ reason }) => /^too slow: \d+ bytes are unread$/.test(String(reason)))
			.then(() => {
				isClosed = true
			})
		// Until the buffers between the two are full nothing is unread.
		for (let on = true; !isClosed; on = !on) {
			await cluster.store.setFailsafe(on)
			expect(await exchange(server.port, postRequest(GOOD))).toContain('"result"')
		}
		await closed
		client.socket.resume()
		expect([1006, 1008]).toContain((await client.closed).code)
	})

	test('are refused over HTTP', async () => {
		const { server } = await servedStore()
		const body = '{"jsonrpc":"2.0","id":1,"method":"supervisor_subscribe","params":["heads"]}'
		expect(bodyOf(await exchange(server.port, postRequest(body)))).toMatchObject({ error: { code: -32601 } })
	})

	test.each([
		[[], /missing value/],
		[['blocks'], /one of heads, invalidations, failsafe/],
		[['heads', { level: 'SAFE' }], /safety level/],
		[['heads', { chainID: 10 }], /chain ID/],
		[['failsafe', {}], /too many arguments/],
	])('%j is refused', async (params, words) => {
		const { server } = await servedStore()
		const client = await SocketClient.open(server.port)
		const { error } = await client.call('supervisor_subscribe', params)
		expect(error).toEqual({ code: -32602, message: expect.stringMatching(words) })
	})

	test('a connection has so many', async () => {
		const { server } = await servedStore({ limits: { subscriptionsPerSocket: 2 } })
		const client = await SocketClient.open(server.port)
		const first = await client.subscribe('heads')
		await client.subscribe('failsafe')
		expect(await client.call('supervisor_subscribe', ['failsafe'])).toMatchObject({ error: { code: -32005 } })
		expect(await client.call('supervisor_unsubscribe', [first])).toMatchObject({ result: true })
		expect(await client.call('supervisor_unsubscribe', [first])).toMatchObject({ result: false })
		expect(await client.call('supervisor_subscribe', ['failsafe'])).toHaveProperty('result')
	})

	test('failsafe: what is comes first, then each change, until the subscription ends', async () => {
		const { server, cluster } = await servedStore()
		const client = await SocketClient.open(server.port)
		const id = await client.subscribe('failsafe')
		await until('what is', () => client.told(id).length === 1)
		await cluster.store.setFailsafe(true)
		await until('the change', () => client.told(id).length === 2)
		await cluster.store.setFailsafe(false)
		await until('the change back', () => client.told(id).length === 3)
		expect(client.told(id)).toEqual([{ enabled: false }, { enabled: true }, { enabled: false }])
		await client.call('supervisor_unsubscribe', [id])
		const other = await client.subscribe('failsafe')
		await cluster.store.setFailsafe(true)
		await until('the change', () => client.told(other).length === 2)
		expect(client.told(id).length).toBe(3)
	})

	test('heads: those of the store first, then what moves, forwards and back', async () => {
		const { server, cluster } = await servedStore()
		const client = await SocketClient.open(server.port)
		const [chainId] = cluster.chainIds
		if (chainId === undefined) throw new Error('the store has no chain')
		const all = await client.subscribe('heads')
		const unsafe = await client.subscribe('heads', { chainID: `${chainId}`, level: 'unsafe' })
		await until('the present heads', () => client.told(unsafe).length === 1)
		const levels = client.told(all).map(({ chainID, level }) => `${chainID} ${level}`)
		expect(levels).toContain(`${chainId} cross-unsafe`)
		expect(new Set(levels).size).toBe(levels.length)
		const { head, safe } = cluster.read((view) => ({
			head: view.localUnsafe(chainId),
			safe: view.crossSafeHead(chainId),
		}))
		if (head === undefined || safe === undefined) throw new Error('the store has no heads')
		const next = { hash: `0x${'c'.repeat(64)}` as typeof head.hash, number: head.number + 1 }
		const ref = { ...next, parentHash: head.hash, timestamp: head.timestamp + 1 }
		await cluster.addBlock(chainId, {
			ref,
			logs: { logCount: 0, logHashes: new Uint8Array(), executing: [] },
			logHashes: [],
		})
		await cluster.store.seal(chainId, [{ ...ref, logCount: 0 }])
		await until('the new head', () => client.told(unsafe).length === 2)
		await cluster.store.cutCanonical(chainId, head)
		await until('the head that was', () => client.told(unsafe).length === 3)
		expect(client.told(unsafe)).toEqual(
			[head, next, head].map(({ hash, number }) => ({
				chainID: `${chainId}`,
				level: 'unsafe',
				block: { hash, number },
			})),
		)
	})
})
