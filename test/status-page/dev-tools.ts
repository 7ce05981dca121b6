import { once } from 'node:events'
import { WebSocket } from 'ws'

/** An event of the DevTools protocol. */
export interface DevToolsEvent {
	readonly method: string
	readonly params: Readonly<Record<string, unknown>>
}

/** The browser refused a command. */
export class DevToolsError extends Error {
	override readonly name = 'DevToolsError'
}

interface Message {
	readonly id?: number
	readonly sessionId?: string
	readonly method?: string
	readonly params?: Readonly<Record<string, unknown>>
	readonly result?: Readonly<Record<string, unknown>>
	readonly error?: { readonly message: string }
}

/** A connection to the browser by the Chrome DevTools Protocol: commands with answers, and events by session. */
export class DevTools {
	readonly #waiting = new Map<number, { resolve: (message: Message) => void }>()
	readonly #listeners = new Map<string, (event: DevToolsEvent) => void>()
	readonly #socket: WebSocket
	#id = 0

	private constructor(socket: WebSocket) {
		this.#socket = socket
		socket.on('message', (data) => this.#take(JSON.parse(String(data)) as Message))
	}

	static async connect(url: string): Promise<DevTools> {
		const socket = new WebSocket(url, { perMessageDeflate: false })
		await once(socket, 'open')
		return new DevTools(socket)
	}

	/** @throws DevToolsError */
	async call(method: string, params: object = {}, sessionId?: string): Promise<Message['result'] & object> {
		const id = ++this.#id
		const answer = new Promise<Message>((resolve) => this.#waiting.set(id, { resolve }))
		this.#socket.send(
			JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) }),
		)
		const { result = {}, error } = await answer
		if (error !== undefined) throw new DevToolsError(`${method}: ${error.message}`)
		return result
	}

	listen(sessionId: string, listener: (event: DevToolsEvent) => void): void {
		this.#listeners.set(sessionId, listener)
	}

	close(): void {
		this.#socket.close()
	}

	#take({ id, sessionId = '', method, params = {}, ...answer }: Message): void {
		if (method !== undefined) this.#listeners.get(sessionId)?.({ method, params })
		if (id === undefined) return
		this.#waiting.get(id)?.resolve(answer)
		this.#waiting.delete(id)
	}
}
