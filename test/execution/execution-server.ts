import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { TestPort } from '../node/test-port.js'

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
	readonly #port = new TestPort()

	constructor(chainId: number, answering: Answering = result('0x1')) {
		this.chainId = chainId
		this.answering = answering
	}

	get url(): string {
		return `http://127.0.0.1:${this.#port.number}`
	}

	get port(): number {
		return this.#port.number
	}

	/** Calls of one method, or of all but `eth_chainId`. */
	countOf(method?: string): number {
		return this.calls.filter((call) =>
			method === undefined ? call.method !== 'eth_chainId' : call.method === method,
		).length
	}

	async listen(): Promise<this> {
		const http = createServer((request, response) => void this.#receive(request, response))
		await this.#port.open(http)
		return this
	}

	/** Cuts all sockets and stops listening; `listen` takes the same port again. */
	stop(): Promise<void> {
		return this.#port.close()
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
