import type { Dispatcher } from 'undici'
import { CallTable } from './call-table.js'
import {
	NodeDisconnectedError,
	NodeError,
	NodeFloodError,
	NodeProtocolError,
	NodeTimeoutError,
} from './errors.js'
import { FrameRouter } from './frame-router.js'
import type { NodeConnection, NodeConnectionModules, NodeConnectionOptions } from './node-connection.js'
import { PostPool } from './post-pool.js'
import { REFUSAL_TEXT_BYTES, refusalError } from './refusal-error.js'
import { UnaskedAllowance } from './unasked-allowance.js'

/** Each call in flight takes a socket: as many as an index worker waits for at one time. */
const MAX_HTTP_CALLS = 64

const HTTP_OK = 200

export interface HttpConnectionOptions extends NodeConnectionOptions {
	/** Every request carries a token of its own time. */
	readonly token: () => Promise<string>
}

/** A request on its way. */
interface HttpRequest {
	readonly abort: AbortController
	/** Its calls that are still waited for. */
	readonly open: Set<number>
	readonly sentAt: number
}

/**
 * A node that is spoken to by HTTP requests over a few sockets that are kept. It is open once the node has told its
 * chain, and ends with the first request that fails below JSON-RPC, because nobody knows what a node that went away
 * has done.
 */
export class HttpConnection implements NodeConnection {
	readonly calls: CallTable
	readonly allowance: UnaskedAllowance
	readonly #router: FrameRouter
	readonly #pool: PostPool
	readonly #requests = new Map<number, HttpRequest>()
	#answeredAt = 0
	#isEnded = false

	constructor(
		private readonly options: HttpConnectionOptions,
		private readonly modules: NodeConnectionModules,
	) {
		const { url, callTimeoutMs, maxCallsQueued } = options
		const maxInFlight = Math.min(options.maxCallsInFlight, MAX_HTTP_CALLS)
		this.calls = new CallTable(
			{ url, timeoutMs: callTimeoutMs, maxInFlight, maxQueued: maxCallsQueued },
			{
				send: (text, ids) => void this.#post(text, ids),
				abandoned: (id, reason) => this.#abandoned(id, reason),
			},
		)
		this.allowance = new UnaskedAllowance(options.unasked)
		this.#router = new FrameRouter(
			{ url },
			{
				onNotification: () => this.#router.broken('a notification over HTTP'),
				onProtocolError: modules.onProtocolError,
				calls: this.calls,
				allowance: this.allowance,
				drop: (reason) => this.drop(reason),
			},
		)
		this.#pool = new PostPool({
			address: options.address,
			connections: maxInFlight,
			dialTimeoutMs: options.handshakeTimeoutMs,
			maxAnswerBytes: options.maxFrameBytes,
		})
		void this.#open()
	}

	drop(reason: NodeError): void {
		if (this.#isEnded) return
		this.#end(reason)
		void this.#pool.destroy()
	}

	async close(): Promise<void> {
		if (!this.#isEnded) this.#end(new NodeDisconnectedError(this.options.url, 'closed by Vigil'))
		await this.#pool.destroy()
	}

	/** Nothing comes that was not asked for. */
	pauseReading(): void {}

	resumeReading(): void {}

	/** The only way to see whether the node is there is to ask it something. */
	async #open(): Promise<void> {
		const call = { method: 'interop_chainID', params: [] }
		const options = { timeoutMs: this.options.handshakeTimeoutMs }
		try {
			await Promise.all(this.calls.send([call], 'result', false, options))
		} catch (error) {
			if (!(error instanceof NodeError)) throw error
			this.drop(error)
			return
		}
		if (!this.#isEnded) this.modules.onOpen()
	}

	#end(reason: NodeError): void {
		this.#isEnded = true
		this.calls.end(
			reason instanceof NodeDisconnectedError
				? reason
				: new NodeDisconnectedError(this.options.url, reason.message, { cause: reason }),
		)
		this.modules.onEnd(reason)
	}

	async #post(text: string, ids: readonly number[]): Promise<void> {
		const request = { abort: new AbortController(), open: new Set(ids), sentAt: performance.now() }
		for (const id of ids) this.#requests.set(id, request)
		try {
			const body = await this.#exchange(text, request.abort.signal)
			if (this.#isEnded) return
			this.#answeredAt = performance.now()
			this.#router.take(body)
			for (const id of request.open) {
				this.calls.fail(id, new NodeProtocolError(this.options.url, 'a request was answered for another'))
			}
		} catch (error) {
			// Nobody waits for what was aborted, and an ended connection has told its calls.
			if (!request.abort.signal.aborted && !this.#isEnded) this.drop(this.#failure(error))
		} finally {
			for (const id of ids) this.#requests.delete(id)
		}
	}

	async #exchange(text: string, signal: AbortSignal): Promise<Buffer> {
		const headers = {
			authorization: `Bearer ${await this.options.token()}`,
			'content-type': 'application/json',
		}
		const { statusCode, body } = await this.#pool.post(text, headers, signal)
		if (statusCode === HTTP_OK) return this.#pool.read(body)
		throw refusalError({ url: this.options.url, status: statusCode, text: await readBeginning(body) })
	}

	#abandoned(id: number, reason: unknown): void {
		const request = this.#requests.get(id)
		if (request === undefined) return
		request.open.delete(id)
		if (request.open.size === 0) request.abort.abort()
		// A node that is gone without a word is seen by that nothing at all was answered for long.
		const silentMs = performance.now() - Math.max(request.sentAt, this.#answeredAt)
		if (reason instanceof NodeTimeoutError && silentMs >= this.options.callTimeoutMs / 2) {
			this.drop(new NodeDisconnectedError(this.options.url, reason.message, { cause: reason }))
		}
	}

	/** undici names what the node did wrong by codes and names; everything else is a connection that was lost. */
	#failure(error: unknown): NodeError {
		if (error instanceof NodeError) return error
		if (!(error instanceof Error)) throw error
		const { url, maxFrameBytes } = this.options
		const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
		// With several addresses for a name, the error of a failed dial has no message of its own.
		const text = error.message === '' ? code || error.name : error.message
		let broken: NodeProtocolError
		if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') {
			broken = new NodeFloodError(url, `an answer of more than ${maxFrameBytes} bytes`, { cause: error })
		} else if (code === 'UND_ERR_HEADERS_OVERFLOW') {
			broken = new NodeFloodError(url, 'headers without an end', { cause: error })
		} else if (error.name === 'HTTPParserError') {
			broken = new NodeProtocolError(url, text, { cause: error })
		} else {
			return new NodeDisconnectedError(url, text, { cause: error })
		}
		this.modules.onProtocolError(broken)
		return broken
	}
}

/** The first bytes of a body; the rest is not read. */
async function readBeginning(body: Dispatcher.ResponseData['body']): Promise<Buffer> {
	const chunks: Buffer[] = []
	let size = 0
	for await (const chunk of body as AsyncIterable<Buffer>) {
		chunks.push(chunk)
		size += chunk.length
		if (size >= REFUSAL_TEXT_BYTES) break
	}
	return Buffer.concat(chunks, size)
}
