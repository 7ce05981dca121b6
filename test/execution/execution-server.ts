import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface ReceivedCall {
	readonly id: number
	readonly method: string
	readonly params: readonly unknown[]
}

/** Answers a call other than `eth_chainId`, or does something worse with the whole response. */
export type Answering = (call: ReceivedCall, response: ServerResponse) => void

/** An execution node over real sockets that answers as the test says. */
export class ExecutionServer {
	readonly calls: ReceivedCall[] = []
	readonly authorizations: (string | undefined)[] = []
	chainId: number
	answering: Answering
	#http: Server | undefined
	#port = 0

	constructor(chainId: number, answering: Answering = result('0x1')) {
		this.chainId = chainId
		this.answering = answering
	}

	get url(): string {
		return `http://127.0.0.1:${this.#port}`
	}

	get port(): number {
		return this.#port
	}

	/** Calls of one method, or of all but `eth_chainId`. */
	countOf(method?: string): number {
		return this.calls.filter((call) =>
			method === undefined ? call.method !== 'eth_chainId' : call.method === method,
		).length
	}

	async listen(): Promise<this> {
		const http = createServer((request, response) => void this.#receive(request, response))
		http.listen(this.#port, '127.0.0.1')
		await once(http, 'listening')
		this.#http = http
		this.#port = (http.address() as AddressInfo).port
		return this
	}

	/** Cuts all sockets and stops listening; `listen` takes the same port again. */
	async stop(): Promise<void> {
		const http = this.#http
		this.#http = undefined
		if (http === undefined) return
		const closed = once(http, 'close')
		http.close()
		http.closeAllConnections()
		await closed
	}

	async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const chunks: Buffer[] = []
		for await (const chunk of request) chunks.push(chunk as Buffer)
		const call = JSON.parse(Buffer.concat(chunks).toString()) as ReceivedCall
		this.calls.push(call)
		this.authorizations.push(request.headers.authorization)
		if (call.method === 'eth_chainId') result(`0x${this.chainId.toString(16)}`)(call, response)
		else this.answering(call, response)
	}
}

export const result =
	(value: unknown): Answering =>
	({ id }, response) => {
		response.end(JSON.stringify({ jsonrpc: '2.0', id, result: value }))
	}

export const rpcError =
	(code: number, message: string, data?: unknown): Answering =>
	({ id }, response) => {
		response.end(JSON.stringify({ jsonrpc: '2.0', id, error: { code, message, data } }))
	}

/** Never answers. */
export const silence: Answering = () => undefined
