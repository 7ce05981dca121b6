import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import WebSocket from 'ws'
import type { BlockRef, DerivedBlockRefPair } from '../../src/protocol/block.js'

export interface NodeEvent {
	readonly reset?: string
	readonly unsafeBlock?: BlockRef
	readonly derivationUpdate?: DerivedBlockRefPair
	readonly exhaustL1?: DerivedBlockRefPair
	readonly replaceBlock?: { readonly replacement: BlockRef; readonly invalidated: string }
	readonly derivationOriginUpdate?: BlockRef
}

interface Answer {
	readonly id?: number | null
	readonly result?: unknown
	readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown }
	readonly params?: { readonly subscription: string; readonly result: unknown }
}

export function token(secret: Buffer, iat = Math.floor(Date.now() / 1000)): string {
	const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
	const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ iat })}`
	return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

/** A bare JSON-RPC client over one WebSocket: what is sent and received is what the tests see. */
export class ReplayClient {
	readonly events: NodeEvent[] = []
	readonly notifications: unknown[] = []
	readonly #waiting = new Map<number, (answer: Answer) => void>()
	readonly #listeners = new Set<() => void>()
	#next = 1

	private constructor(readonly socket: WebSocket) {
		socket.on('message', (data) => {
			const frame: Answer = JSON.parse(data.toString())
			if (typeof frame.id === 'number') {
				this.#waiting.get(frame.id)?.(frame)
				this.#waiting.delete(frame.id)
				return
			}
			const result = frame.params?.result as { data?: NodeEvent | null } | undefined
			this.notifications.push(result)
			if (result?.data) this.events.push(result.data)
			for (const listener of this.#listeners) listener()
		})
	}

	static async connect(url: string, secret?: Buffer): Promise<ReplayClient> {
		const headers = secret === undefined ? {} : { Authorization: `Bearer ${token(secret)}` }
		const socket = new WebSocket(url, { headers })
		const client = new ReplayClient(socket)
		await once(socket, 'open')
		return client
	}

	async call(method: string, ...params: unknown[]): Promise<Answer> {
		const id = this.#next++
		const answer = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve))
		this.socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }))
		return answer
	}

	async result<T>(method: string, ...params: unknown[]): Promise<T> {
		const { result, error } = await this.call(method, ...params)
		if (error !== undefined) throw new Error(`${method}: ${error.code} ${error.message}`)
		return result as T
	}

	/** The first event from `from` on that `matches`, now or later. */
	async event(matches: (event: NodeEvent) => boolean, from = 0): Promise<NodeEvent> {
		for (let seen = from; ; ) {
			for (; seen < this.events.length; seen++) {
				const event = this.events[seen]
				if (event !== undefined && matches(event)) return event
			}
			await this.arrival()
		}
	}

	/** The next notification. */
	arrival(): Promise<void> {
		return new Promise<void>((resolve) => {
			const listener = () => {
				this.#listeners.delete(listener)
				resolve()
			}
			this.#listeners.add(listener)
		})
	}

	onNotification(listener: () => void): void {
		this.#listeners.add(listener)
	}

	close(): void {
		this.socket.terminate()
	}
}
