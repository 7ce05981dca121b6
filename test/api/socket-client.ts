import { WebSocket } from 'ws'
import { withDeadline } from '../supervisor/deadline.js'

type Json = Record<string, unknown>

/** A WebSocket client that keeps what it is told. */
export class SocketClient {
	readonly socket: WebSocket
	readonly messages: Json[] = []
	readonly closed: Promise<{ code: number; reason: string }>
	readonly #looks = new Set<() => void>()
	#nextId = 1

	private constructor(port: number) {
		this.socket = new WebSocket(`ws://127.0.0.1:${port}/`)
		this.socket.on('message', (data: Buffer) => {
			this.messages.push(JSON.parse(data.toString()) as Json)
			for (const look of this.#looks) look()
		})
		this.closed = new Promise((resolve) =>
			this.socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() })),
		)
	}

	static async open(port: number): Promise<SocketClient> {
		const client = new SocketClient(port)
		await new Promise((resolve, reject) => client.socket.once('open', resolve).once('error', reject))
		return client
	}

	async call(method: string, params: unknown[] = []): Promise<Json> {
		const id = this.#nextId++
		this.socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }))
		return this.received(`the answer to ${method}`, (message) => message.id === id)
	}

	async subscribe(...params: unknown[]): Promise<string> {
		return String((await this.call('supervisor_subscribe', params)).result)
	}

	/** What was told under a subscription so far. */
	told(id: string): Json[] {
		return this.messages
			.map(({ params }) => params as { subscription: string; result: Json } | undefined)
			.flatMap((params) => (params?.subscription === id ? [params.result] : []))
	}

	/** The first message that matches, as soon as it is there. */
	async received(what: string, isIt: (message: Json) => boolean): Promise<Json> {
		let look: () => void = () => {}
		const found = new Promise<Json>((resolve) => {
			look = () => {
				const message = this.messages.find(isIt)
				if (message !== undefined) resolve(message)
			}
		})
		this.#looks.add(look)
		look()
		try {
			return await withDeadline(what, found)
		} finally {
			this.#looks.delete(look)
		}
	}
}
