import type { PostPool } from '../node/post-pool.js'
import { isRecord, type JsonRecord } from '../protocol/record.js'
import {
	ExecutionOverloadedError,
	ExecutionRequestError,
	ExecutionRpcError,
	ExecutionTimeoutError,
} from './execution-errors.js'

/** Sockets, each with one request: as many as a node takes at once without being slower for it. */
const MAX_IN_FLIGHT = 64
/** Calls that wait for a socket besides. */
const MAX_QUEUED = 1_024
const MAX_ANSWER_BYTES = 16 * 1024 * 1024
/** Of dialling alone; the deadline of a call may be shorter. */
const DIAL_MS = 5_000
/** Of an error's text that a node gives. */
const MAX_REASON = 500

const HTTP_OK = 200
/** For an error of a node that has none: JSON-RPC's internal error. */
const NO_CODE = -32603

export interface ExecutionClientOptions {
	/** `http://` or `https://`, with whatever it holds. */
	readonly address: string
	/** The same for logs and errors. */
	readonly url: string
}

export interface RequestOptions {
	/** From the call to the last byte of the answer. */
	readonly timeoutMs: number
	/** A larger answer is an error: 16 MB at most, and without it. */
	readonly maxAnswerBytes?: number | undefined
	readonly signal?: AbortSignal | undefined
}

/** JSON-RPC over HTTP with sockets that are kept, a deadline, and bounds for what waits and what comes. */
export class ExecutionClient {
	readonly #url: string
	readonly #address: string
	readonly #headers: Readonly<Record<string, string>>
	/** Loaded by the first call: most clusters name no execution nodes, and undici is a third of all code. */
	#pool: Promise<PostPool> | undefined
	#isClosed = false
	#open = 0
	#nextId = 1

	constructor({ address, url }: ExecutionClientOptions) {
		const { username, password } = new URL(address)
		this.#url = url
		this.#address = address
		this.#headers = { 'content-type': 'application/json', ...basicAuth(username, password) }
	}

	/**
	 * The result of one call, as it came.
	 * @throws ExecutionRequestError, ExecutionTimeoutError, ExecutionOverloadedError, ExecutionRpcError, or the signal's
	 * reason
	 */
	async request(method: string, params: readonly unknown[], options: RequestOptions): Promise<unknown> {
		const { timeoutMs, signal, maxAnswerBytes = MAX_ANSWER_BYTES } = options
		signal?.throwIfAborted()
		const limit = MAX_IN_FLIGHT + MAX_QUEUED
		if (this.#open >= limit) throw new ExecutionOverloadedError(this.#url, method, limit)
		const abort = new AbortController()
		const onAbort = () => abort.abort(signal?.reason)
		const onTimeout = () => abort.abort(new ExecutionTimeoutError(this.#url, method, timeoutMs))
		const timer = setTimeout(onTimeout, timeoutMs)
		signal?.addEventListener('abort', onAbort)
		this.#open++
		try {
			const id = this.#nextId++
			const text = JSON.stringify({ jsonrpc: '2.0', id, method, params })
			const answer = await this.#exchange(
				text,
				method,
				Math.min(maxAnswerBytes, MAX_ANSWER_BYTES),
				abort.signal,
			)
			return this.#result(answer, id, method)
		} catch (error) {
			if (abort.signal.aborted) throw abort.signal.reason
			if (error instanceof ExecutionRequestError || error instanceof ExecutionRpcError) throw error
			throw new ExecutionRequestError(this.#url, method, reasonOf(error))
		} finally {
			this.#open--
			clearTimeout(timer)
			signal?.removeEventListener('abort', onAbort)
		}
	}

	/** Ends what is under way; later calls fail. */
	async close(): Promise<void> {
		this.#isClosed = true
		await (await this.#pool)?.destroy()
	}

	async #load(): Promise<PostPool> {
		const { PostPool } = await import('../node/post-pool.js')
		return new PostPool({ address: this.#address, connections: MAX_IN_FLIGHT, dialTimeoutMs: DIAL_MS })
	}

	async #exchange(text: string, method: string, maxBytes: number, signal: AbortSignal): Promise<Buffer> {
		if (this.#isClosed) throw new ExecutionRequestError(this.#url, method, 'closed by Vigil')
		this.#pool ??= this.#load()
		const pool = await this.#pool
		const { statusCode, body } = await pool.post(text, this.#headers, signal)
		if (statusCode === HTTP_OK)
			return pool.read(body, (size) => {
				if (size > maxBytes)
					throw new ExecutionRequestError(this.#url, method, `more than ${maxBytes} bytes of answer`)
			})
		// The text is of no use to a program; leaving it unread would hold the socket.
		await body.dump()
		throw new ExecutionRequestError(this.#url, method, `HTTP ${statusCode}`)
	}

	#result(answer: Buffer, id: number, method: string): unknown {
		const refuse = (what: string) => new ExecutionRequestError(this.#url, method, what)
		let message: unknown
		try {
			message = JSON.parse(answer.toString())
		} catch {
			throw refuse('the answer is not JSON')
		}
		if (!isRecord(message) || message.jsonrpc !== '2.0') throw refuse('the answer is not JSON-RPC 2.0')
		if (isRecord(message.error)) throw this.#rpcError(message.error, method)
		if (message.id !== id) throw refuse('the answer is to another request')
		if (message.result === undefined) throw refuse('the answer has neither result nor error')
		return message.result
	}

	#rpcError({ code, message, data }: JsonRecord, method: string): ExecutionRpcError {
		const number = typeof code === 'number' ? code : NO_CODE
		const reason = typeof message === 'string' ? message.slice(0, MAX_REASON) : 'an error without message'
		return new ExecutionRpcError(this.#url, method, number, reason, data)
	}
}

function basicAuth(username: string, password: string): { authorization?: string } {
	if (username === '' && password === '') return {}
	const secret = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
	return { authorization: `Basic ${Buffer.from(secret).toString('base64')}` }
}

/** With several addresses for a name, the error of a failed dial has no message of its own. */
function reasonOf(error: unknown): string {
	if (!(error instanceof Error)) return String(error)
	const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name
	return error.message === '' ? code : error.message
}
