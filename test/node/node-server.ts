import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { TestPort } from './test-port.js'

export const SECRET = new Uint8Array(Buffer.from('5e'.repeat(32), 'hex'))

export interface RpcCall {
	readonly id: number
	readonly method: string
	readonly params: readonly unknown[]
}

/** Where an answer goes to: a WebSocket, or the answer to an HTTP request. */
export interface Reply {
	send(text: string): void
}

/** Answers a call over `socket`, or does something worse. */
export type Answering = (call: RpcCall, socket: WebSocket) => void

/** A node of the protocol over real sockets: checks the JWT itself (not with jose), answers as the test says. */
export class NodeServer {
	readonly tokens: string[] = []
	readonly calls: RpcCall[] = []
	readonly sockets = new Set<WebSocket>()
	answering: Answering
	/** Frames that are no single call: batches. */
	onBatch: ((calls: RpcCall[], socket: WebSocket) => void) | undefined
	/** Answers the handshake with this instead of looking at the token. */
	refusal: { status: number; text: string } | undefined
	/** Never answers the handshake. */
	isMute = false
	autoPong = true
	readonly #port = new TestPort()
	readonly #upgrades = new Set<Duplex>()
	readonly #waiting: { count: number; resolve: () => void }[] = []

	constructor(answering: Answering = answerAll({})) {
		this.answering = answering
	}

	get url(): string {
		return `ws://127.0.0.1:${this.#port.number}`
	}

	async listen(): Promise<this> {
		const http = createServer()
		const server = new WebSocketServer({ noServer: true, autoPong: this.autoPong, perMessageDeflate: true })
		http.on('upgrade', (request, socket, head) => {
			this.#upgrades.add(socket)
			socket.on('error', () => undefined).on('close', () => this.#upgrades.delete(socket))
			if (this.isMute) return
			const problem = this.refusal ?? tokenProblem(request, this.tokens)
			if (problem !== undefined) {
				socket.end(
					`HTTP/1.1 ${problem.status} Refused\r\nContent-Type: text/plain\r\nContent-Length: ${problem.text.length}\r\n\r\n${problem.text}`,
				)
				return
			}
			server.handleUpgrade(request, socket, head, (webSocket) => this.#accept(webSocket))
		})
		await this.#port.open(http)
		return this
	}

	/** Cuts all connections and stops listening; `listen` takes the same port again. */
	stop(): Promise<void> {
		return this.#port.close(() => {
			for (const socket of this.#upgrades) socket.destroy()
		})
	}

	/** Resolves once this many calls came in since the server was made. */
	async called(count: number): Promise<void> {
		if (this.calls.length >= count) return
		await new Promise<void>((resolve) => this.#waiting.push({ count, resolve }))
	}

	#accept(socket: WebSocket): void {
		this.sockets.add(socket)
		socket.on('error', () => undefined)
		socket.on('close', () => this.sockets.delete(socket))
		socket.on('message', (data) => {
			const message = JSON.parse(data.toString()) as RpcCall | RpcCall[]
			const calls = Array.isArray(message) ? message : [message]
			this.calls.push(...calls)
			if (Array.isArray(message) && this.onBatch !== undefined) this.onBatch(message, socket)
			else for (const call of calls) this.answering(call, socket)
			for (const waiting of this.#waiting) if (this.calls.length >= waiting.count) waiting.resolve()
		})
	}
}

/** What is wrong with the token of a request, as a node says it; the token is added to `tokens`. */
export function tokenProblem(
	request: IncomingMessage,
	tokens: string[],
): { status: number; text: string } | undefined {
	const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]
	if (token === undefined) return { status: 401, text: 'missing token' }
	tokens.push(token)
	const [header = '', payload = '', signature = ''] = token.split('.')
	const expected = createHmac('sha256', SECRET).update(`${header}.${payload}`).digest()
	const found = Buffer.from(signature, 'base64url')
	if (found.length !== 32 || !timingSafeEqual(found, expected)) {
		return { status: 401, text: 'token signature is invalid: signature is invalid' }
	}
	const { alg } = decode(header)
	const { iat } = decode(payload)
	if (alg !== 'HS256' || typeof iat !== 'number') return { status: 401, text: 'missing issued-at' }
	const age = Date.now() / 1000 - iat
	if (age > 60) return { status: 401, text: 'stale token' }
	if (age < -60) return { status: 401, text: 'future token' }
	return undefined
}

export function decode(part: string): Record<string, unknown> {
	return JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>
}

/** As go-ethereum writes an answer, newline included. */
export function answerText(id: unknown, result: unknown): string {
	return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${JSON.stringify(result)}}\n`
}

export function errorText(id: unknown, code: number, message: string, data?: unknown): string {
	return `${JSON.stringify({ jsonrpc: '2.0', id, error: { code, message, data } })}\n`
}

/** Answers by a table of results; a function is called with the params. Other methods are -32601. */
export function answerAll(results: Record<string, unknown>): (call: RpcCall, reply: Reply) => void {
	return (call, socket) => {
		if (!Object.hasOwn(results, call.method)) {
			socket.send(errorText(call.id, -32601, `the method ${call.method} does not exist/is not available`))
			return
		}
		const result = results[call.method]
		socket.send(answerText(call.id, typeof result === 'function' ? result(...(call.params ?? [])) : result))
	}
}

export function eventText(subscription: string, event: unknown): string {
	return `${JSON.stringify({
		jsonrpc: '2.0',
		method: 'interop_subscription',
		params: { subscription, result: { data: event } },
	})}\n`
}
