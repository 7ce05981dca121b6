import type { L1Socket } from '../l1/l1-socket.js'
import { isRecord } from '../protocol/record.js'
import { UpstreamCallError } from './errors.js'
import { wholeFetch } from './fetch-whole.js'

/** The largest blocks of mainnet have some MB of JSON, their receipts tens of MB. */
const MAX_ANSWER_BYTES = 128 * 1024 * 1024

export interface UpstreamOptions {
	readonly url: string
	/** For each call, body included. */
	readonly timeoutMs: number
}

/** One L1 RPC endpoint. Each call is one attempt. */
export interface Upstream {
	readonly url: string
	/** The result, null included. Rejects with UpstreamCallError. */
	call(method: string, params: readonly unknown[]): Promise<unknown>
	close(): void
}

/** @param fetched told how many bytes each answer had */
export function openUpstream(options: UpstreamOptions, fetched: (bytes: number) => void): Upstream {
	return /^wss?:/i.test(options.url) ? new SocketUpstream(options) : new HttpUpstream(options, fetched)
}

class HttpUpstream implements Upstream {
	readonly url: string
	readonly #fetch
	readonly #fetched: (bytes: number) => void
	#id = 1

	constructor({ url, timeoutMs }: UpstreamOptions, fetched: (bytes: number) => void) {
		this.url = url
		this.#fetch = wholeFetch({ timeoutMs, maxBytes: MAX_ANSWER_BYTES })
		this.#fetched = fetched
	}

	async call(method: string, params: readonly unknown[]): Promise<unknown> {
		const id = this.#id++
		let text: string
		let status: number
		try {
			const response = await this.#fetch.fetch(this.url, {
				method: 'POST',
				headers: { 'content-type': 'application/json' },
				body: JSON.stringify({ jsonrpc: '2.0', id, method, params }),
			})
			status = response.status
			text = await response.text()
		} catch (error) {
			throw new UpstreamCallError(method, reasonOf(error))
		}
		this.#fetched(text.length)
		return resultOf(method, id, status, text)
	}

	close(): void {
		this.#fetch.close()
	}
}

function resultOf(method: string, id: number, status: number, text: string): unknown {
	let answer: unknown
	try {
		answer = JSON.parse(text)
	} catch {
		throw new UpstreamCallError(method, `HTTP status ${status}, and no JSON`)
	}
	if (!isRecord(answer)) throw new UpstreamCallError(method, `HTTP status ${status}, and no JSON-RPC answer`)
	const { error } = answer
	if (isRecord(error)) throw rpcError(method, error)
	if (status !== 200) throw new UpstreamCallError(method, `HTTP status ${status}`)
	if (answer.id !== id || answer.result === undefined)
		throw new UpstreamCallError(method, 'an answer to another request')
	return answer.result
}

/** Over a WebSocket that is opened by the first call, and again after a failure. */
class SocketUpstream implements Upstream {
	readonly url: string
	readonly #timeoutMs: number
	/** Loaded late, because it brings viem along. */
	#socket: Promise<L1Socket> | undefined
	#isClosed = false

	constructor({ url, timeoutMs }: UpstreamOptions) {
		this.url = url
		this.#timeoutMs = timeoutMs
	}

	async call(method: string, params: readonly unknown[]): Promise<unknown> {
		this.#socket ??= this.#open()
		try {
			return await (await this.#socket).request({ method, params })
		} catch (error) {
			const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined
			const details: unknown = error instanceof Error ? Reflect.get(error, 'details') : undefined
			if (typeof code === 'number') throw rpcError(method, { code, message: details })
			throw new UpstreamCallError(method, typeof details === 'string' ? details : reasonOf(error))
		}
	}

	async #open(): Promise<L1Socket> {
		const { L1Socket } = await import('../l1/l1-socket.js')
		const socket = new L1Socket({
			url: this.url,
			timeoutMs: this.#timeoutMs,
			maxFrameBytes: MAX_ANSWER_BYTES,
		})
		if (this.#isClosed) socket.close()
		return socket
	}

	close(): void {
		this.#isClosed = true
		this.#socket?.then((socket) => socket.close()).catch(() => {}) // Whoever called was told that it did not load.
	}
}

function rpcError(method: string, error: Readonly<Record<string, unknown>>): UpstreamCallError {
	const { code, message } = error
	return new UpstreamCallError(
		method,
		typeof message === 'string' ? message.slice(0, 500) : 'an error without a message',
		typeof code === 'number' ? code : undefined,
	)
}

/** `fetch` hides the reason in the cause. */
function reasonOf(error: unknown): string {
	if (!(error instanceof Error)) return 'unknown reason'
	const code: unknown = error.cause instanceof Error ? Reflect.get(error.cause, 'code') : undefined
	return typeof code === 'string' ? code : error.message.split('\n')[0] || error.name
}
