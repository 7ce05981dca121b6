import {
	type ClientRequest,
	Agent as HttpAgent,
	request as httpRequest,
	type IncomingMessage,
} from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { HttpRequestError } from 'viem'

const inflate = promisify(gunzip)

/** Who is sent on more often is sent in circles. */
const MAX_REDIRECTS = 5

export interface JsonPostOptions {
	/** Of a whole request, redirects included. */
	readonly timeoutMs: number
	/** Of an answer. */
	readonly maxBytes: number
}

/**
 * Posts JSON, for requests that are many and large: of 64 headers `fetch` and its streams take 1 ms more than this, of
 * the thread that answers nodes.
 */
export class JsonPost {
	readonly #options: JsonPostOptions
	readonly #agents = {
		http: new HttpAgent({ keepAlive: true }),
		https: new HttpsAgent({ keepAlive: true }),
	}
	readonly #inFlight = new Set<AbortController>()
	#isClosed = false

	constructor(options: JsonPostOptions) {
		this.#options = options
	}

	/**
	 * The JSON of an answer with a status of 2xx.
	 * @param url with name and password, if the server wants them
	 * @throws HttpRequestError of viem, as its own transport: no answer in time, a status, too large, no JSON
	 */
	async post(url: string, body: string): Promise<unknown> {
		const ended = new AbortController()
		const { timeoutMs } = this.#options
		const timer = setTimeout(
			() => ended.abort(new Error(`no whole answer within ${timeoutMs} ms`)),
			timeoutMs,
		)
		ended.signal.addEventListener('abort', () => clearTimeout(timer))
		this.#inFlight.add(ended)
		try {
			if (this.#isClosed) throw new Error('the L1 source is closed')
			const answer = await this.#follow(new URL(url), body, ended.signal)
			const { statusCode: status = 0, statusMessage } = answer
			const text = await this.#textOf(answer)
			if (status >= 200 && status <= 299) return JSON.parse(text)
			throw new HttpRequestError({ url, status, details: statusMessage ?? '' })
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
			answer.resume()
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
