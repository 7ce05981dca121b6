import { createServer, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { answerAll, type Reply, type RpcCall, tokenProblem } from './node-server.js'
import { TestPort } from './test-port.js'

/** Answers a call, or does something worse with the whole response. */
export type HttpAnswering = (call: RpcCall, reply: Reply, response: ServerResponse) => void

/** A node of the protocol that speaks HTTP only: checks the JWT of each request, answers as the test says. */
export class HttpNodeServer {
	readonly tokens: string[] = []
	readonly calls: RpcCall[] = []
	readonly sockets = new Set<Socket>()
	answering: HttpAnswering
	/** Batches. */
	onBatch: ((calls: RpcCall[], reply: Reply) => void) | undefined
	/** Answers everything with this instead of looking at the token. */
	refusal: { status: number; text: string } | undefined
	/** Sockets accepted since the server was made. */
	accepted = 0
	readonly #port = new TestPort()
	readonly #waiting: { isThere: () => boolean; resolve: () => void }[] = []

	constructor(answering: HttpAnswering = answerAll({})) {
		this.answering = answering
	}

	get url(): string {
		return `http://127.0.0.1:${this.#port.number}`
	}

	async listen(): Promise<this> {
		const http = createServer((request, response) => {
			const problem = this.refusal ?? tokenProblem(request, this.tokens)
			if (problem !== undefined) {
				response.writeHead(problem.status, { 'Content-Type': 'text/plain' }).end(problem.text)
				return
			}
			const chunks: Buffer[] = []
			request.on('data', (chunk: Buffer) => chunks.push(chunk))
			request.on('end', () => this.#answer(Buffer.concat(chunks).toString(), response))
		})
		http.on('connection', (socket) => {
			this.accepted++
			this.sockets.add(socket)
			socket.on('close', () => {
				this.sockets.delete(socket)
				this.#look()
			})
		})
		await this.#port.open(http)
		return this
	}

	/** Cuts all sockets and stops listening; `listen` takes the same port again. */
	stop(): Promise<void> {
		return this.#port.close()
	}

	/** Resolves once there were as many calls, of one method or of all, since the server was made. */
	called(count: number, method?: string): Promise<void> {
		return this.#until(() => this.countOf(method) >= count)
	}

	countOf(method?: string): number {
		return this.calls.filter((call) => method === undefined || call.method === method).length
	}

	/** Resolves once no socket is open. */
	deserted(): Promise<void> {
		return this.#until(() => this.sockets.size === 0)
	}

	async #until(isThere: () => boolean): Promise<void> {
		if (!isThere()) await new Promise<void>((resolve) => this.#waiting.push({ isThere, resolve }))
	}

	#look(): void {
		for (const waiting of this.#waiting) if (waiting.isThere()) waiting.resolve()
	}

	#answer(text: string, response: ServerResponse): void {
		const message = JSON.parse(text) as RpcCall | RpcCall[]
		const reply: Reply = {
			send: (answer) => response.writeHead(200, { 'Content-Type': 'application/json' }).end(answer),
		}
		this.calls.push(...(Array.isArray(message) ? message : [message]))
		if (Array.isArray(message)) this.onBatch?.(message, reply)
		else this.answering(message, reply, response)
		this.#look()
	}
}
