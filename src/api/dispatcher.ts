import { isUtf8 } from 'node:buffer'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Logger } from 'pino'
import { RateLimitedLog } from '../observability/rate-limited-log.js'
import { ProtocolError } from '../protocol/errors.js'
import {
	failure,
	INTERNAL_ERROR,
	INVALID_REQUEST,
	METHOD_NOT_FOUND,
	PARSE_ERROR,
	parseRequest,
	type Request,
	RequestError,
	type RequestId,
	readableId,
	success,
} from './json-rpc.js'
import type { ApiContext, RpcMethod } from './method.js'

/** The limit of go-ethereum's server, which clients are written for. */
const DEFAULT_BATCH_LIMIT = 1_000

/** A long batch gives way to other work after this many elements: about a millisecond of reads. */
const ELEMENTS_PER_TURN = 50

/** Methods of the API are shorter; a longer name is only shown in part. */
const MAX_SHOWN_METHOD = 80

export interface DispatcherOptions {
	readonly methods: readonly RpcMethod[]
	readonly batchLimit?: number
}

/**
 * Turns the text of a JSON-RPC message, single or batch, into the text of its answer. Knows nothing of the
 * transport: HTTP and WebSocket share one.
 */
export class Dispatcher {
	readonly #methods: ReadonlyMap<string, RpcMethod>
	readonly #batchLimit: number
	readonly #context: ApiContext
	readonly #faults: RateLimitedLog

	constructor(options: DispatcherOptions, modules: ApiContext & { readonly log: Logger }) {
		this.#methods = new Map(options.methods.map((method) => [method.name, method]))
		this.#batchLimit = options.batchLimit ?? DEFAULT_BATCH_LIMIT
		this.#context = modules
		this.#faults = new RateLimitedLog({}, modules)
	}

	/** Undefined if there is nothing to answer: all were notifications. Never rejects. */
	async answer(message: Uint8Array): Promise<string | undefined> {
		let parsed: unknown
		try {
			parsed = parseJsonText(message)
		} catch (error) {
			return this.#refusal(null, error, '')
		}
		if (!Array.isArray(parsed)) return this.#answerOne(parsed)
		if (parsed.length === 0) return JSON.stringify(failure(null, INVALID_REQUEST, 'empty batch'))
		if (parsed.length > this.#batchLimit) {
			const refusal = `batch too large: ${parsed.length} requests, at most ${this.#batchLimit} are allowed`
			return JSON.stringify([failure(readableId(parsed[0]), INVALID_REQUEST, refusal)])
		}
		return this.#answerBatch(parsed)
	}

	async #answerBatch(requests: readonly unknown[]): Promise<string | undefined> {
		const answers: string[] = []
		for (const [index, request] of requests.entries()) {
			if (index > 0 && index % ELEMENTS_PER_TURN === 0) await nextTurn()
			const answer = await this.#answerOne(request)
			if (answer !== undefined) answers.push(answer)
		}
		return answers.length === 0 ? undefined : `[${answers.join(',')}]`
	}

	async #answerOne(value: unknown): Promise<string | undefined> {
		let request: Request
		try {
			request = parseRequest(value)
		} catch (error) {
			return this.#refusal(readableId(value), error, '')
		}
		const { id, method, params } = request
		const answer = await this.#answerRequest(id ?? null, method, params)
		return id === undefined ? undefined : answer
	}

	async #answerRequest(id: RequestId, method: string, params: readonly unknown[]): Promise<string> {
		try {
			return JSON.stringify(success(id, await this.#call(method, params)))
		} catch (error) {
			return this.#refusal(id, error, method)
		}
	}

	#call(name: string, params: readonly unknown[]): unknown {
		const method = this.#methods.get(name)
		if (method !== undefined) return method.call(this.#context, params)
		const shown = name.length > MAX_SHOWN_METHOD ? `${name.slice(0, MAX_SHOWN_METHOD)}...` : name
		throw new RequestError(METHOD_NOT_FOUND, `the method ${shown} does not exist/is not available`)
	}

	/** Errors of the protocol tell the caller what they say; of others the caller learns nothing, the log all. */
	#refusal(id: RequestId, error: unknown, method: string): string {
		if (error instanceof RequestError || error instanceof ProtocolError) {
			return JSON.stringify(failure(id, error.code, error.message))
		}
		this.#faults.log(
			'error',
			method,
			{ method, err: error },
			'RPC request failed for a reason inside of Vigil',
		)
		return JSON.stringify(failure(id, INTERNAL_ERROR, 'internal error'))
	}
}

/** @throws RequestError */
function parseJsonText(message: Uint8Array): unknown {
	if (!isUtf8(message)) throw new RequestError(PARSE_ERROR, 'parse error: the text is not UTF-8')
	try {
		return JSON.parse(Buffer.from(message.buffer, message.byteOffset, message.byteLength).toString('utf8'))
	} catch {
		// The engine's message quotes the text and means nothing to the caller.
		throw new RequestError(PARSE_ERROR, 'parse error: the text is not JSON')
	}
}
