import { isUtf8 } from 'node:buffer'
import type { Logger } from 'pino'
import {
	type AnswerText,
	failure,
	INVALID_REQUEST,
	LIMIT_EXCEEDED,
	METHOD_NOT_FOUND,
	PARSE_ERROR,
	parseRequest,
	RESPONSE_TOO_LARGE,
	type Request,
	RequestError,
	type RequestId,
	readableId,
	successText,
	textOf,
} from './json-rpc.js'
import type { ApiContext, Caller, RpcMethod } from './method.js'
import { codeOf, Refusals } from './refusals.js'
import { Turns } from './turns.js'

/** The limits of go-ethereum's server, which clients are written for. */
const DEFAULT_BATCH_LIMIT = 1_000
const DEFAULT_BATCH_ANSWER_BYTES = 25_000_000

/** Calls of one client that wait for nodes; a proposer or challenger makes a few at a time. */
const DEFAULT_WAITING_LIMIT = 64

/** A long batch gives way to other clients after this long. */
const MS_PER_SLICE = 1

/** Methods of the API are shorter; a longer name is only shown in part. */
const MAX_SHOWN_METHOD = 80

export interface DispatcherOptions<Context = ApiContext> {
	readonly methods: readonly RpcMethod<Context>[]
	readonly batchLimit?: number
	readonly batchAnswerBytes?: number
	/** Calls of one client that wait for an answer of somebody else at the same time. */
	readonly waitingLimit?: number
}

/** What counts requests; the metrics of the RPC server are one. */
export interface RequestCounts {
	readonly requests: { inc(labels: { method: string; code: string | number }): void }
	readonly seconds: { observe(labels: { method: string }, seconds: number): void }
}

/** What methods work with, and what the dispatcher itself needs. */
export type DispatcherModules<Context = ApiContext> = Context & {
	readonly log: Logger
	readonly metrics?: { readonly rpc: RequestCounts }
}

/** How metrics name a request that is none, and one for a method that there is not. */
const MALFORMED = 'malformed'
const UNKNOWN = 'unknown'

type Answer = AnswerText

/**
 * Turns the text of a JSON-RPC message, single or batch, into the text of its answer. Knows nothing of the
 * transport: HTTP and WebSocket share one.
 */
export class Dispatcher<Context = ApiContext> {
	readonly #methods: ReadonlyMap<string, RpcMethod<Context>>
	readonly #batchLimit: number
	readonly #batchAnswerBytes: number
	readonly #waitingLimit: number
	readonly #context: Context
	readonly #refusals: Refusals
	readonly #metrics: RequestCounts | undefined
	readonly #turns = new Turns()
	/** Calls that wait, by client. */
	readonly #waiting = new Map<string, number>()

	constructor(options: DispatcherOptions<Context>, modules: DispatcherModules<Context>) {
		this.#methods = new Map(options.methods.map((method) => [method.name, method]))
		this.#batchLimit = options.batchLimit ?? DEFAULT_BATCH_LIMIT
		this.#batchAnswerBytes = options.batchAnswerBytes ?? DEFAULT_BATCH_ANSWER_BYTES
		this.#waitingLimit = options.waitingLimit ?? DEFAULT_WAITING_LIMIT
		this.#context = modules
		this.#refusals = new Refusals(modules)
		this.#metrics = modules.metrics?.rpc
	}

	/**
	 * The answer, or undefined if there is nothing to answer: all were notifications. Comes at once if it needs nobody
	 * else and the caller's turn has come. Never throws or rejects.
	 */
	answer(message: Uint8Array, caller: Caller): Answer | Promise<Answer> {
		return this.#turns.run(caller.client, () => this.#answer(message, caller)) as Answer | Promise<Answer>
	}

	#answer(message: Uint8Array, caller: Caller): Answer | Promise<Answer> {
		let parsed: unknown
		try {
			parsed = parseJsonText(message)
		} catch (error) {
			this.#count(MALFORMED, performance.now(), error)
			return this.#refusal(null, error, '')
		}
		if (!Array.isArray(parsed)) return this.#answerOne(parsed, caller)
		if (parsed.length === 0) return JSON.stringify(failure(null, INVALID_REQUEST, 'empty batch'))
		if (parsed.length > this.#batchLimit) {
			const refusal = `batch too large: ${parsed.length} requests, at most ${this.#batchLimit} are allowed`
			return JSON.stringify([failure(readableId(parsed[0]), INVALID_REQUEST, refusal)])
		}
		return this.#answerBatch(parsed, caller)
	}

	async #answerBatch(requests: readonly unknown[], caller: Caller): Promise<Answer> {
		const batch: Batch = { requests, answers: [], bytes: 0, next: 0 }
		while (batch.next < requests.length) {
			const waits = await this.#turns.run(caller.client, () => ({ answer: this.#slice(batch, caller) }))
			if (waits.answer !== undefined) add(batch, await waits.answer)
		}
		return batch.answers.length === 0 ? undefined : `[${batch.answers.join(',')}]`
	}

	/** Answers elements until the slice is over, or one has to wait: its answer is returned. */
	#slice(batch: Batch, caller: Caller): Promise<Answer> | undefined {
		const until = performance.now() + MS_PER_SLICE
		do {
			const request = batch.requests[batch.next++]
			const answer =
				batch.bytes > this.#batchAnswerBytes
					? JSON.stringify(failure(readableId(request), RESPONSE_TOO_LARGE, 'response too large'))
					: this.#answerOne(request, caller)
			if (answer instanceof Promise) return answer
			add(batch, answer)
		} while (batch.next < batch.requests.length && performance.now() < until)
		return undefined
	}

	#answerOne(value: unknown, caller: Caller): Answer | Promise<Answer> {
		const began = performance.now()
		let request: Request
		try {
			request = parseRequest(value)
		} catch (error) {
			this.#count(MALFORMED, began, error)
			return this.#refusal(readableId(value), error, '')
		}
		const { id, method } = request
		try {
			const result = this.#call(request, caller)
			if (result instanceof Promise) return this.#wait(request, result, caller.client, began)
			const answer = id === undefined ? undefined : successText(id, result)
			this.#count(method, began)
			return answer
		} catch (error) {
			this.#count(method, began, error)
			const refusal = this.#refusal(id ?? null, error, method)
			return id === undefined ? undefined : refusal
		}
	}

	async #wait(
		{ id, method }: Request,
		result: Promise<unknown>,
		client: string,
		began: number,
	): Promise<Answer> {
		this.#waiting.set(client, (this.#waiting.get(client) ?? 0) + 1)
		let answer: Answer
		try {
			answer = successText(id ?? null, await result)
			this.#count(method, began)
		} catch (error) {
			this.#count(method, began, error)
			answer = this.#refusal(id ?? null, error, method)
		}
		const left = (this.#waiting.get(client) ?? 1) - 1
		if (left === 0) this.#waiting.delete(client)
		else this.#waiting.set(client, left)
		return id === undefined ? undefined : answer
	}

	#call({ method: name, params }: Request, caller: Caller): unknown {
		const method = this.#methods.get(name)
		if (method === undefined) {
			const shown = name.length > MAX_SHOWN_METHOD ? `${name.slice(0, MAX_SHOWN_METHOD)}...` : name
			throw new RequestError(METHOD_NOT_FOUND, `the method ${shown} does not exist/is not available`)
		}
		if (method.isAdmin === true && !caller.isAdmin)
			throw new RequestError(
				METHOD_NOT_FOUND,
				`the method ${name} does not exist/is not available without authentication`,
			)
		if (method.waits === true && (this.#waiting.get(caller.client) ?? 0) >= this.#waitingLimit)
			throw new RequestError(
				LIMIT_EXCEEDED,
				`limit exceeded: ${this.#waitingLimit} calls of yours wait for an answer already`,
			)
		return method.call(this.#context, params, caller)
	}

	/** Names of methods come from callers: only those that there are become labels. */
	#count(name: string, began: number, error?: unknown): void {
		if (this.#metrics === undefined) return
		const method = name === MALFORMED || this.#methods.has(name) ? name : UNKNOWN
		this.#metrics.requests.inc({ method, code: error === undefined ? 'ok' : codeOf(error) })
		this.#metrics.seconds.observe({ method }, (performance.now() - began) / 1_000)
	}

	#refusal(id: RequestId, error: unknown, method: string): string {
		const { code, message } = this.#refusals.of(error, method)
		return JSON.stringify(failure(id, code, message))
	}
}

interface Batch {
	readonly requests: readonly unknown[]
	readonly answers: string[]
	/** Of the answers so far. */
	bytes: number
	/** The first element without an answer. */
	next: number
}

function add(batch: Batch, answer: Answer): void {
	if (answer === undefined) return
	batch.bytes += answer.length
	batch.answers.push(textOf(answer))
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
