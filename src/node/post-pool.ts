import { type Dispatcher, Pool } from 'undici'
import { PoolSockets } from './pool-sockets.js'
import { Turns } from './turns.js'

/**
 * Answers above this size are read one at a time, so that all that are under way take this much each and one of them the
 * limit. Ten ordinary blocks fit.
 */
const LARGE_BODY_BYTES = 1024 * 1024

/** As much as Node's own parser takes. */
const MAX_HEADER_BYTES = 16 * 1024

/** Shorter than servers and proxies keep idle sockets, so that no call is sent into one that is being closed. */
const KEEP_ALIVE_MS = 4_000

export interface PostPoolOptions {
	/** `http://` or `https://`, with whatever it holds. Credentials are the caller's to send. */
	readonly address: string
	/** Sockets, each with one request. */
	readonly connections: number
	/** Of dialling alone. */
	readonly dialTimeoutMs: number
	/** undici ends a larger answer with an error; left out: whoever reads it has to. */
	readonly maxAnswerBytes?: number
}

/** POST requests to one server over sockets that are kept. Deadlines are the caller's: a signal ends a request. */
export class PostPool {
	readonly #path: string
	readonly #pool: Pool
	readonly #sockets = new PoolSockets()
	readonly #largeBodies = new Turns()

	constructor({ address, connections, dialTimeoutMs, maxAnswerBytes }: PostPoolOptions) {
		const { origin, pathname, search } = new URL(address)
		this.#path = pathname + search
		this.#pool = new Pool(origin, {
			connections,
			pipelining: 1,
			keepAliveTimeout: KEEP_ALIVE_MS,
			maxHeaderSize: MAX_HEADER_BYTES,
			...(maxAnswerBytes === undefined ? {} : { maxResponseSize: maxAnswerBytes }),
			// The deadline of a call is for all of its answer.
			headersTimeout: 0,
			bodyTimeout: 0,
			connect: this.#sockets.connector(dialTimeoutMs),
		})
	}

	/** Resolves with the head of the answer. Rejects with what undici says, or with the signal's reason. */
	post(
		text: string,
		headers: Readonly<Record<string, string>>,
		signal: AbortSignal,
	): Promise<Dispatcher.ResponseData> {
		return this.#pool.request({ path: this.#path, method: 'POST', headers, body: text, signal })
	}

	/** The whole body. @param onSize told the size so far; what it throws ends the body */
	async read(body: Dispatcher.ResponseData['body'], onSize?: (bytes: number) => void): Promise<Buffer> {
		const chunks: Buffer[] = []
		let size = 0
		let endTurn: (() => void) | undefined
		try {
			for await (const chunk of body as AsyncIterable<Buffer>) {
				chunks.push(chunk)
				size += chunk.length
				// Leaving the loop ends the body.
				onSize?.(size)
				if (size > LARGE_BODY_BYTES) endTurn ??= await this.#largeBodies.next()
			}
		} finally {
			endTurn?.()
		}
		return Buffer.concat(chunks, size)
	}

	/** Ends what is under way, and waits until all sockets are gone; later requests fail. */
	destroy(): Promise<void> {
		return this.#sockets.destroy(this.#pool)
	}
}
