import {
	type ClientRequest,
	Agent as HttpAgent,
	request as httpRequest,
	type IncomingMessage,
} from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { HttpRequestError, RpcRequestError } from 'viem'
import { isRpcError, member, readRpcError } from './rpc-error.js'

const inflate = promisify(gunzip)

/** Who is sent on more often is sent in circles. */
const MAX_REDIRECTS = 5

/** Of what a server says beside a status, for the log. */
const MAX_DETAILS = 300

export interface L1HttpOptions {
	/** With name and password, if the server wants them. */
	readonly url: string
	/** Of a whole request, redirects included. */
	readonly timeoutMs: number
	/** Of an answer. */
	readonly maxBytes: number
}

/**
 * JSON-RPC by POST. It is the provider of a viem `custom` transport and throws viem's errors.
 *
 * viem's own `http` transport is not used: it is made for `fetch`, whose streams take 1 ms more for a batch of 64
 * headers, of the thread that answers nodes, and whose first use compiles an HTTP parser for 0.1 s.
 */
export class L1Http {
	readonly #options: L1HttpOptions
	readonly #agents = {
		http: new HttpAgent({ keepAlive: true }),
		https: new HttpsAgent({ keepAlive: true }),
	}
	readonly #inFlight = new Set<AbortController>()
	#isClosed = false

	constructor(options: L1HttpOptions) {
		this.#options = options
	}

	get url(): string {
		return this.#options.url
	}

	/** One JSON-RPC call. @throws HttpRequestError as `post` does. @throws RpcRequestError */
	async request({ method, params = [] }: { method: string; params?: unknown }): Promise<unknown> {
		const body = { method, params }
		const answer = await this.post({ jsonrpc: '2.0', id: 1, ...body })
		const error = member(answer, 'error')
		if (error !== undefined && error !== null)
			throw new RpcRequestError({ body, error: readRpcError(error), url: this.url })
		return member(answer, 'result')
	}

	/**
	 * Posts a call or a batch. The JSON of the answer, if its status is 2xx or it is an error of JSON-RPC.
	 * @throws HttpRequestError of viem: no whole answer in time, another status, too large, no JSON
	 */
	async post(body: unknown): Promise<unknown> {
		const { timeoutMs, url } = this.#options
		const ended = new AbortController()
		const timer = setTimeout(
			() => ended.abort(new Error(`no whole answer within ${timeoutMs} ms`)),
			timeoutMs,
		)
		ended.signal.addEventListener('abort', () => clearTimeout(timer))
		this.#inFlight.add(ended)
		try {
			if (this.#isClosed) throw new Error('the L1 source is closed')
			const answer = await this.#follow(new URL(url), JSON.stringify(body), ended.signal)
			return read(url, answer, await this.#textOf(answer))
		} catch (error) {
			if (error instanceof HttpRequestError) throw error
			const cause = ended.signal.aborted ? ended.signal.reason : error
			throw new HttpRequestError({ url, details: cause instanceof Error ? cause.message : '' })
		} finally {
			clearTimeout(timer)
			this.#inFlight.delete(ended)
		}
	}

	/** Ends what is in flight; later calls fail. */
	close(): void {
		this.#isClosed = true
		for (const ended of this.#inFlight) ended.abort(new Error('the L1 source was closed'))
		this.#agents.http.destroy()
		this.#agents.https.destroy()
	}

	/** Only these redirects keep the method and the body. */
	async #follow(url: URL, body: string, signal: AbortSignal): Promise<IncomingMessage> {
		let to = url
		for (let redirects = 0; ; redirects++) {
			const answer = await this.#send(to, body, signal)
			const { location } = answer.headers
			if ((answer.statusCode !== 307 && answer.statusCode !== 308) || location === undefined) return answer
			if (redirects === MAX_REDIRECTS) throw new Error(`redirected more than ${MAX_REDIRECTS} times`)
			answer.destroy()
			to = new URL(location, to)
		}
	}

	/** A connection that the server has closed meanwhile is not its fault, and no fault. */
	async #send(url: URL, body: string, signal: AbortSignal): Promise<IncomingMessage> {
		for (;;) {
			const request = this.#request(url, body, signal)
			try {
				return await answerTo(request)
			} catch (error) {
				if (!request.reusedSocket || Reflect.get(Object(error), 'code') !== 'ECONNRESET') throw error
			}
		}
	}

	#request(url: URL, body: string, signal: AbortSignal): ClientRequest {
		const isTls = url.protocol === 'https:'
		const { http, https } = this.#agents
		const headers = {
			'content-type': 'application/json',
			'content-length': Buffer.byteLength(body),
			'accept-encoding': 'gzip',
		}
		const options = { method: 'POST', headers, signal }
		const request = isTls
			? httpsRequest(url, { ...options, agent: https })
			: httpRequest(url, { ...options, agent: http })
		request.end(body)
		return request
	}

	async #textOf(answer: IncomingMessage): Promise<string> {
		const { maxBytes } = this.#options
		const chunks: Buffer[] = []
		let size = 0
		for await (const chunk of answer as AsyncIterable<Buffer>) {
			size += chunk.length
			// Leaving the loop ends the connection.
			if (size > maxBytes) throw new Error(`the answer is larger than ${maxBytes} bytes`)
			chunks.push(chunk)
		}
		const bytes = Buffer.concat(chunks, size)
		if (answer.headers['content-encoding'] !== 'gzip') return bytes.toString()
		return (await inflate(bytes, { maxOutputLength: maxBytes })).toString()
	}
}

function answerTo(request: ClientRequest): Promise<IncomingMessage> {
	return new Promise((resolve, reject) => {
		request.once('response', resolve)
		// Errors that come later are those of the answer.
		request.on('error', reject)
	})
}

/** @throws HttpRequestError or SyntaxError */
function read(
	url: string,
	{ statusCode: status = 0, statusMessage }: IncomingMessage,
	text: string,
): unknown {
	if (status >= 200 && status <= 299) return JSON.parse(text)
	let error: unknown
	try {
		error = member(JSON.parse(text), 'error')
	} catch {
		// Proxies say it in HTML.
	}
	if (isRpcError(error)) return { error }
	const details = error === undefined ? statusMessage : JSON.stringify(error)?.slice(0, MAX_DETAILS)
	throw new HttpRequestError({ url, status, details: details ?? '' })
}
