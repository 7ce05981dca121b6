import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocket, WebSocketServer } from 'ws'
import { textFrameHeader } from '../../src/recording/replay/text-frame.js'
import { TestPort } from '../node/test-port.js'

export interface Answer {
	readonly id?: number
	readonly result?: unknown
	readonly error?: { readonly code: number; readonly message: string }
}

const OUT_OF_EVENTS = { code: -39001, message: 'out of events' }

/** The beginning of a frame that never ends. */
const HALF_FRAME = '{"jsonrpc":"2.0","method":"interop_subscription","params":{'

/** Makes another answer of the true one. */
export type Lie = (answer: Answer, params: readonly unknown[]) => Answer | Promise<Answer>

export interface Call {
	readonly id: number
	readonly method: string
	readonly params: readonly unknown[]
}

/**
 * A proxy before a node for WebSockets and HTTP, on a port of its own. It says what the node says, but for the answers
 * to methods that have a lie, and the events, pushed or pulled, that `onEvent` changes or drops.
 */
export class NodeFront {
	readonly lies = new Map<string, Lie>()
	readonly calls: Call[] = []
	/** What the supervisor gets instead of an event: none, one or several. */
	onEvent: (event: Record<string, unknown>) => readonly object[] = (event) => [event]
	/** Waited for before an answer is passed on, and given its place in time; answers may overtake each other. */
	onAnswer: (call: Call, answer: Buffer) => Buffer | undefined | Promise<Buffer | undefined> = (_, answer) =>
		answer
	/** Waited for before an event is passed on. Events keep their order. */
	beforeEvent: (() => Promise<void>) | undefined
	readonly #target: string
	readonly #port = new TestPort()
	readonly #sockets = new Set<Duplex>()
	#subscriber: { readonly client: WebSocket; readonly id: string } | undefined
	readonly #clients = new Set<WebSocket>()
	#refusing = false
	#lastEvent: Promise<void> = Promise.resolve()
	#heldEvents = 0
	/** Made of one event that was pulled, for the next ones who pull. */
	#toPull: object[] = []
	readonly #waiting = new Set<() => void>()

	constructor(target: string) {
		this.#target = target
	}

	get url(): string {
		return `ws://127.0.0.1:${this.#port.number}`
	}

	get httpUrl(): string {
		return `http://127.0.0.1:${this.#port.number}`
	}

	/** Serves, after a `stop` on the same port. */
	async listen(): Promise<void> {
		const http = createServer()
		http.on('connection', (socket) => {
			if (this.#refusing) socket.destroy()
		})
		http.on('request', (request, response) => {
			this.#track(request.socket)
			this.#answerHttp(request, response).catch(() => response.destroy())
		})
		const server = new WebSocketServer({ noServer: true, perMessageDeflate: false })
		http.on('upgrade', (request, socket, head) => {
			this.#track(socket)
			this.#dial(request, socket, (upstream) => {
				server.handleUpgrade(request, socket, head, (client) => this.#connect(client, upstream))
			})
		})
		await this.#port.open(http)
	}

	/** Cuts all connections and stops listening. */
	stop(): Promise<void> {
		return this.#port.close(() => this.drop())
	}

	/** While true connections are cut as soon as they are there; the port stays taken. */
	set refusing(value: boolean) {
		this.#refusing = value
		if (value) this.drop()
	}

	/** Cuts all connections. */
	drop(): void {
		this.#toPull = []
		for (const socket of this.#sockets) socket.destroy()
	}

	/** Cuts all connections in the midst of a frame. */
	dropInFrame(): void {
		for (const socket of this.#sockets) {
			socket.write(textFrameHeader(HALF_FRAME.length * 2))
			socket.end(HALF_FRAME, () => socket.destroy())
		}
	}

	/** Says something that is not of the protocol to everyone. */
	say(text: string): void {
		for (const client of this.#clients) client.send(text)
	}

	/** Says something that the node did not say. */
	emit(...events: readonly object[]): void {
		const { client, id } = this.#subscriber ?? {}
		for (const data of events) {
			client?.send(
				JSON.stringify({
					jsonrpc: '2.0',
					method: 'interop_subscription',
					params: { subscription: id, result: { data } },
				}),
			)
		}
	}

	/** Resolves at the next call of a method, before it is answered. */
	called(method: string): Promise<Call> {
		return new Promise((resolve) => {
			const before = this.calls.length
			const look = () => {
				const call = this.calls.slice(before).find((call) => call.method === method)
				if (call === undefined) return
				this.#waiting.delete(look)
				resolve(call)
			}
			this.#waiting.add(look)
		})
	}

	#track(socket: Duplex): void {
		if (this.#sockets.has(socket)) return
		this.#sockets.add(socket)
		socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket))
	}

	async #answerHttp(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const chunks: Buffer[] = []
		for await (const chunk of request) chunks.push(chunk as Buffer)
		const body = Buffer.concat(chunks).toString()
		const { authorization = '' } = request.headers
		const reply = await fetch(this.#target.replace('ws', 'http'), {
			method: 'POST',
			headers: { 'content-type': 'application/json', authorization },
			body,
		})
		const data = Buffer.from(await reply.arrayBuffer())
		const call = JSON.parse(body) as Call
		this.#called([call])
		const answer = await this.#answer(call, data)
		if (answer === undefined) response.destroy()
		else response.writeHead(reply.status, { 'content-type': 'application/json' }).end(answer)
	}

	#called(calls: readonly Call[]): void {
		this.calls.push(...calls)
		for (const look of this.#waiting) look()
	}

	#dial(request: IncomingMessage, socket: Duplex, accept: (upstream: WebSocket) => void): void {
		const { authorization = '' } = request.headers
		const upstream = new WebSocket(this.#target, { perMessageDeflate: false, headers: { authorization } })
		upstream.once('unexpected-response', (_, response) => {
			socket.end(`HTTP/1.1 ${response.statusCode} Refused\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`)
			upstream.terminate()
		})
		upstream.on('error', () => socket.destroy())
		upstream.once('open', () => accept(upstream))
	}

	#connect(client: WebSocket, upstream: WebSocket): void {
		const calls = new Map<number, Call>()
		this.#clients.add(client)
		client.on('error', () => undefined)
		client.on('close', () => {
			this.#clients.delete(client)
			upstream.terminate()
		})
		upstream.on('close', () => client.terminate())
		client.on('message', (data) => {
			const text = data.toString()
			const made = [JSON.parse(text)].flat() as Call[]
			for (const call of made) calls.set(call.id, call)
			this.#called(made)
			upstream.send(text)
		})
		upstream.on('message', (data: Buffer) => void this.#relay(data, client, calls))
	}

	async #relay(data: Buffer, client: WebSocket, calls: Map<number, Call>): Promise<void> {
		const start = data.subarray(0, 64).toString()
		const id = Number(/^\{"jsonrpc":"2.0","id":(\d+),/.exec(start)?.[1] ?? Number.NaN)
		const call = calls.get(id)
		calls.delete(id)
		if (call?.method === 'interop_subscribe') {
			this.#subscriber = { client, id: (JSON.parse(data.toString()) as { result: string }).result }
		}
		const event = call === undefined ? eventOf(data) : undefined
		if (event !== undefined) {
			this.#relayEvent(event)
			return
		}
		const answer = call === undefined ? data : await this.#answer(call, data)
		if (answer !== undefined) client.send(answer, { binary: false })
	}

	async #answer(call: Call, data: Buffer): Promise<Buffer | undefined> {
		const lie = this.lies.get(call.method)
		if (lie !== undefined)
			return Buffer.from(JSON.stringify(await lie(JSON.parse(data.toString()) as Answer, call.params)))
		return this.onAnswer(call, call.method === 'interop_pullEvent' ? this.#pulled(call, data) : data)
	}

	#pulled({ id }: Call, data: Buffer): Buffer {
		const { result } = JSON.parse(data.toString()) as { result?: Record<string, unknown> }
		if (result !== undefined) this.#toPull.push(...this.onEvent(result))
		const event = this.#toPull.shift()
		if (event === undefined && result === undefined) return data
		const answer = event === undefined ? { error: OUT_OF_EVENTS } : { result: event }
		return Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, ...answer }))
	}

	/** One after the other, also when those before were held back and this one is not. */
	#relayEvent(event: Record<string, unknown>): void {
		const subscriber = this.#subscriber
		const pass = () => {
			if (this.#subscriber === subscriber) this.emit(...this.onEvent(event))
		}
		if (this.beforeEvent === undefined && this.#heldEvents === 0) {
			pass()
			return
		}
		this.#heldEvents++
		this.#lastEvent = this.#lastEvent
			.then(() => this.beforeEvent?.())
			.then(() => {
				this.#heldEvents--
				pass()
			})
	}
}

function eventOf(data: Buffer): Record<string, unknown> | undefined {
	const message = JSON.parse(data.toString()) as { params?: { result?: { data?: Record<string, unknown> } } }
	return message.params?.result?.data ?? undefined
}
