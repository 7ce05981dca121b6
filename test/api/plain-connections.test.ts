import { connect, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { JsonText } from '../../src/api/json-rpc.js'
import { method, waitingMethod } from '../../src/api/method.js'
import { type RpcServer, type RpcServerOptions, startRpcServer } from '../../src/api/rpc-server.js'
import { afterTest } from '../supervisor/cleanup.js'
import { withDeadline } from '../supervisor/deadline.js'
import { LogCapture } from '../supervisor/log-capture.js'
import { contextOf } from './context-of.js'
import { plainRequest, received, statusOf } from './raw-client.js'

const LARGE = 'x'.repeat(1_000_000)

/** With a method that waits until `answer` is called, and one whose calls are counted. */
async function start(options: Partial<RpcServerOptions> = {}) {
	let answer: (value: string) => void = () => {}
	const late = new Promise<string>((resolve) => {
		answer = resolve
	})
	const calls: number[] = []
	let waiting: () => void = () => {}
	const waits = new Promise<void>((resolve) => {
		waiting = resolve
	})
	const number = { name: 'number', parse: Number }
	const methods = [
		method('test_large', [number], (_context, value) => {
			calls.push(value)
			return LARGE
		}),
		method('test_text', [], () => 'größer als ASCII'),
		method('test_bytes', [], () => new JsonText(Buffer.from('"größer"'))),
		waitingMethod('test_wait', [], () => {
			waiting()
			return late
		}),
	]
	const context = { ...contextOf(new LogCapture().log, {}), methods }
	const server = await startRpcServer({ addr: '127.0.0.1', port: 0, ...options }, context)
	afterTest(() => server.close())
	return { server, answer, calls, waits }
}

/** A client whose connection stays; answers come one after the other. */
class Client {
	readonly socket: Socket
	readonly closed: Promise<unknown>
	#bytes = Buffer.alloc(0)
	#wake: () => void = () => {}

	constructor({ port }: RpcServer) {
		this.socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
		this.socket.on('data', (chunk: Buffer) => {
			this.#bytes = Buffer.concat([this.#bytes, chunk])
			this.#wake()
		})
		this.socket.on('error', () => {})
		this.closed = new Promise((resolve) => this.socket.on('close', resolve))
		this.socket.on('end', () => this.socket.end())
		afterTest(() => this.socket.destroy())
	}

	send(...bytes: readonly (string | Buffer)[]): void {
		this.socket.write(Buffer.concat(bytes.map((one) => Buffer.from(one))))
	}

	/** The next answer: head and body. */
	async next(): Promise<{ head: string; body: string }> {
		for (;;) {
			const end = this.#bytes.indexOf('\r\n\r\n')
			const head = this.#bytes.toString('latin1', 0, end)
			const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
			if (end !== -1 && this.#bytes.length >= end + 4 + length) {
				const body = this.#bytes.toString('utf8', end + 4, end + 4 + length)
				this.#bytes = this.#bytes.subarray(end + 4 + length)
				return { head, body }
			}
			const more = new Promise<void>((resolve) => {
				this.#wake = resolve
			})
			await withDeadline(() => `an answer; came: ${this.#bytes.toString('latin1', 0, 200)}`, more)
		}
	}
}

function post(name: string, { params = [], id = 1 }: PostOptions = {}): string {
	const body = JSON.stringify({ jsonrpc: '2.0', id, method: name, params })
	return plainRequest(body).toString()
}

interface PostOptions {
	readonly params?: unknown[]
	readonly id?: number
}

/** Harmless, but such a request is left to Node's server. */
const NOT_PLAIN = 'TE: trailers\r\n'

test.each([
	['a result', '{"jsonrpc":"2.0","id":7,"method":"health_status"}'],
	['text beyond ASCII', '{"jsonrpc":"2.0","id":"ä","method":"test_text"}'],
	['stored bytes', '{"jsonrpc":"2.0","id":7,"method":"test_bytes"}'],
	['a megabyte', '{"jsonrpc":"2.0","id":7,"method":"test_large","params":[1]}'],
	['an error', '{"jsonrpc":"2.0","id":7,"method":"gibt’s nicht"}'],
	['no JSON', '{"jsonrpc":'],
	['a notification', '{"jsonrpc":"2.0","method":"test_text"}'],
	['a batch', '[{"jsonrpc":"2.0","id":7,"method":"test_text"},7]'],
])("byte for byte, but for the time, the answer is that of Node's server: %s", async (_what, body) => {
	const { server } = await start()
	const [plain, node] = [new Client(server), new Client(server)]
	plain.send(plainRequest(body))
	node.send(plainRequest(body, NOT_PLAIN))
	const withoutTime = ({ head, body: text }: { head: string; body: string }) =>
		`${head.replace(/^Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/m, 'Date')}\r\n\r\n${text}`
	const answer = withoutTime(await plain.next())
	expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n(.+\r\n)+Date\r\n/)
	expect(answer).toBe(withoutTime(await node.next()))
})

test("a connection can become Node's at any request, and stay open", async () => {
	const { server } = await start()
	const client = new Client(server)
	client.send(post('test_text', { id: 1 }))
	expect((await client.next()).body).toContain('"id":1')
	client.send('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n')
	expect((await client.next()).body).toContain('"status":"ok"')
	client.send(post('test_text', { id: 2 }))
	expect((await client.next()).body).toContain('"id":2')
	client.send(
		'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
	)
	expect((await client.next()).head).toMatch(/^HTTP\/1\.1 101 /)
})

test('requests that come at once, or in pieces, are answered in order', async () => {
	const { server } = await start()
	const client = new Client(server)
	client.send(post('test_text', { id: 1 }))
	await client.next()
	client.send(post('test_text', { id: 2 }), post('test_text', { id: 3 }), post('test_text', { id: 4 }))
	for (const id of [2, 3, 4]) expect((await client.next()).body).toContain(`"id":${id}`)
	const pieces = new Client(server)
	const request = Buffer.from(post('test_text', { id: 5 }))
	pieces.socket.setNoDelay(true)
	for (const byte of request) pieces.send(Buffer.of(byte))
	expect((await pieces.next()).body).toContain('"id":5')
})

test('a request that ends early is refused, one whose rest does not come is given up', async () => {
	const { server } = await start({ limits: { requestTimeoutMs: 200, headersTimeoutMs: 200 } })
	const half = plainRequest('{"jsonrpc":"2.0"}').subarray(0, -3)
	const early = new Client(server)
	early.socket.removeAllListeners('end')
	early.socket.end(half)
	expect(statusOf((await early.next()).head)).toBe(400)
	const stuck = new Client(server)
	stuck.send(half)
	await withDeadline(() => 'the end of both', Promise.all([early.closed, stuck.closed]))
})

test('a request behind one that waits is answered after it', async () => {
	const { server, answer, waits } = await start()
	const client = new Client(server)
	client.send(post('test_wait', { id: 1 }))
	await waits
	client.send(post('test_text', { id: 2 }))
	// The other one is served meanwhile, so the server has read what came before.
	const other = new Client(server)
	other.send(post('test_text', { id: 3 }))
	expect((await other.next()).body).toContain('"id":3')
	answer('late')
	expect((await client.next()).body).toBe('{"jsonrpc":"2.0","id":1,"result":"late"}')
	expect((await client.next()).body).toContain('"id":2')
})

test('a client that sends no more gets the answer for which it waits, then the end', async () => {
	const { server, answer, waits } = await start()
	const client = new Client(server)
	client.socket.removeAllListeners('end')
	client.socket.end(post('test_wait'))
	await waits
	answer('late')
	expect((await client.next()).body).toContain('"late"')
	await withDeadline(() => 'the end of the connection', client.closed)
})

test('a client that is gone when its answer comes harms nobody', async () => {
	const { server, answer, waits } = await start()
	const client = new Client(server)
	client.send(post('test_wait'))
	await waits
	client.socket.resetAndDestroy()
	await client.closed
	answer('late')
	const other = new Client(server)
	other.send(post('test_text'))
	expect(statusOf((await other.next()).head)).toBe(200)
})

test('who does not read is not listened to, until he reads', async () => {
	const { server, calls } = await start()
	const client = new Client(server)
	client.send(post('test_text'))
	await client.next()
	client.socket.pause()
	const asked = 40
	// Each for itself: the next one comes when the one before is read.
	const others = new Client(server)
	for (let i = 0; i < asked; i++) {
		client.send(post('test_large', { id: i, params: [i] }))
		others.send(post('test_text'))
		await others.next()
	}
	expect(calls.length).toBeLessThan(asked)
	client.socket.resume()
	for (let i = 0; i < asked; i++) expect((await client.next()).body).toContain(`"id":${i},`)
	expect(calls).toEqual(Array.from({ length: asked }, (_, i) => i))
})

test('a silent connection is closed, and one that has become idle', async () => {
	const { server } = await start({ limits: { headersTimeoutMs: 200, idleTimeoutMs: 300 } })
	const silent = new Client(server)
	const idle = new Client(server)
	idle.send(post('test_text'))
	expect((await idle.next()).head).toContain('Keep-Alive: timeout=0')
	await withDeadline(() => 'the end of both', Promise.all([silent.closed, idle.closed]))
})

test('an answer that does not come in time ends the connection', async () => {
	const { server, waits } = await start({ limits: { stallTimeoutMs: 200 } })
	const client = new Client(server)
	client.send(post('test_wait'))
	await waits
	await withDeadline(() => 'the end', client.closed)
})

test('close ends idle connections, lets answers out, and serves nothing any more', async () => {
	const { server, answer, calls, waits } = await start()
	const [idle, waiting] = [new Client(server), new Client(server)]
	idle.send(post('test_text'))
	await idle.next()
	waiting.send(post('test_wait'))
	await waits
	waiting.send(post('test_large', { params: [1] }))
	const closed = server.close()
	await withDeadline(() => 'the end of the idle one', idle.closed)
	answer('late')
	expect((await waiting.next()).body).toContain('"late"')
	await withDeadline(() => 'the end of both', Promise.all([closed, waiting.closed]))
	expect(calls).toEqual([])
})

test('close cuts off a client that waits for an answer in vain', async () => {
	const { server, waits } = await start()
	const client = new Client(server)
	client.send(post('test_wait'))
	await waits
	await withDeadline(() => 'the end of both', Promise.all([server.close(), client.closed]))
})

test('the names of the server and the number of connections count for plain requests too', async () => {
	const { server } = await start({ vhosts: ['vigil.example'], limits: { connectionsPerClient: 2 } })
	const good = new Client(server)
	good.send(post('test_text').replace('localhost', 'vigil.example:8545'))
	expect(statusOf((await good.next()).head)).toBe(200)
	const bad = new Client(server)
	bad.send(post('test_text'))
	expect(statusOf((await bad.next()).head)).toBe(403)
	const [one, two] = [new Client(server), new Client(server)]
	expect(await received(two.socket)).toBe('')
	one.socket.destroy()
})
