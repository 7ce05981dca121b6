import { AbortListeners } from './abort-listeners.js'
import {
	type NodeError,
	NodeOverloadedError,
	NodeProtocolError,
	NodeRpcError,
	NodeTimeoutError,
} from './errors.js'
import type { Answer } from './read-frame.js'
import { isCallId } from './read-frame.js'

/** Calls given up on are remembered, so that their late answers are no surprise; the oldest are forgotten first. */
const ABANDONED_LIMIT = 65_536

export interface CallOptions {
	/** Counts from the call, waiting in the queue included. */
	readonly timeoutMs?: number
	readonly signal?: AbortSignal
}

/** Reads a whole frame as it came. Its bytes are valid until this returns; what this throws the call throws. */
export type FrameReading = (frame: Buffer) => unknown

/** How the answer is handed over: its `result`, or what is read from the whole frame. */
export type AnswerForm = 'result' | FrameReading

interface PendingCall {
	readonly id: number
	readonly method: string
	readonly form: AnswerForm
	readonly request: Request
	readonly resolve: (value: unknown) => void
	readonly reject: (error: unknown) => void
	/** Clears the deadline and the abort listener. */
	readonly release: () => void
}

/** What is sent as one frame: a call, or a batch of them. */
interface Request {
	readonly isBatch: boolean
	/** Calls without an answer yet, by id, with their encoded text. */
	readonly open: Map<number, { call: PendingCall; text: string }>
}

export interface CallTableOptions {
	readonly url: string
	readonly timeoutMs: number
	readonly maxInFlight: number
	readonly maxQueued: number
}

/**
 * The calls of one connection: those in flight, and a bounded queue of those that wait for a place. Every call
 * ends exactly once: answered, refused, timed out, aborted, or failed with the connection.
 */
export class CallTable {
	readonly #inFlight = new Map<number, PendingCall>()
	readonly #queue = new Set<Request>()
	#queuedCalls = 0
	#nextId = 1
	#batchesSent = 0
	/** Why nothing can be called any more. */
	#ended: NodeError | undefined
	readonly #abandoned = new Set<number>()
	readonly #aborts = new AbortListeners()

	constructor(
		private readonly options: CallTableOptions,
		private readonly modules: {
			/** Sends a frame with the calls of these ids. */
			readonly send: (text: string, ids: readonly number[]) => void
			/** A call that was sent will not be waited for any longer. */
			readonly abandoned?: (id: number, reason: unknown) => void
		},
	) {}

	/** Calls that were sent and not answered yet. */
	get inFlight(): number {
		return this.#inFlight.size
	}

	get queued(): number {
		return this.#queuedCalls
	}

	/**
	 * Sends calls in one frame as soon as there is room for them; one promise a call, in order.
	 */
	send(
		calls: readonly { readonly method: string; readonly params: readonly unknown[] }[],
		form: AnswerForm,
		isBatch: boolean,
		options: CallOptions = {},
	): Promise<unknown>[] {
		const refusal = this.#refusal(calls)
		if (refusal !== undefined) return calls.map(() => Promise.reject(refusal))
		const request: Request = { isBatch, open: new Map() }
		const answers = calls.map(({ method, params }) => this.#add(request, method, params, form, options))
		if (request.open.size > 0) {
			this.#queue.add(request)
			this.#queuedCalls += request.open.size
			this.#pump()
		}
		return answers
	}

	#refusal(calls: readonly { readonly method: string }[]): Error | undefined {
		if (this.#ended !== undefined) return this.#ended
		const { url, maxInFlight, maxQueued } = this.options
		const method = calls[0]?.method ?? 'an empty batch'
		if (calls.length > maxInFlight) return new NodeOverloadedError(url, method, maxInFlight)
		const goesAtOnce = this.#queue.size === 0 && this.#inFlight.size + calls.length <= maxInFlight
		if (!goesAtOnce && this.#queuedCalls + calls.length > maxQueued) {
			return new NodeOverloadedError(url, method, maxQueued)
		}
		return undefined
	}

	#add(
		request: Request,
		method: string,
		params: readonly unknown[],
		form: AnswerForm,
		options: CallOptions,
	): Promise<unknown> {
		const { signal, timeoutMs = this.options.timeoutMs } = options
		if (signal?.aborted) return Promise.reject(signal.reason)
		const id = this.#nextId++
		return new Promise((resolve, reject) => {
			const onAbort = () => this.#abandon(call, signal?.reason)
			const timer = setTimeout(
				() => this.#abandon(call, new NodeTimeoutError(this.options.url, method, timeoutMs)),
				timeoutMs,
			)
			if (signal !== undefined) this.#aborts.add(signal, onAbort)
			const release = () => {
				clearTimeout(timer)
				if (signal !== undefined) this.#aborts.remove(signal, onAbort)
			}
			const call: PendingCall = { id, method, form, request, resolve, reject, release }
			request.open.set(id, { call, text: encodeCall(id, method, params) })
		})
	}

	/** Sends what waits, in order, while there is room. */
	#pump(): void {
		for (const request of this.#queue) {
			if (this.#inFlight.size + request.open.size > this.options.maxInFlight) return
			this.#queue.delete(request)
			this.#queuedCalls -= request.open.size
			const texts: string[] = []
			for (const { call, text } of request.open.values()) {
				this.#inFlight.set(call.id, call)
				texts.push(text)
			}
			if (request.isBatch) this.#batchesSent++
			this.modules.send(request.isBatch ? `[${texts.join(',')}]` : texts.join(), [...request.open.keys()])
		}
	}

	#abandon(call: PendingCall, reason: unknown): void {
		const isSent = this.#inFlight.delete(call.id)
		call.request.open.delete(call.id)
		call.release()
		call.reject(reason)
		if (isSent) {
			this.#abandoned.add(call.id)
			const oldest = this.#abandoned.values().next()
			if (this.#abandoned.size > ABANDONED_LIMIT && !oldest.done) this.#abandoned.delete(oldest.value)
			this.modules.abandoned?.(call.id, reason)
		} else {
			this.#queuedCalls--
			if (call.request.open.size === 0) this.#queue.delete(call.request)
		}
		this.#pump()
	}

	/** The form in which the caller wants the answer to a call in flight. */
	formOf(id: number): AnswerForm | undefined {
		return this.#inFlight.get(id)?.form
	}

	/**
	 * Hands an answer to its call.
	 * @returns false if no call in flight, and none that was given up on, has this id
	 */
	settle(answer: Answer, frame: Buffer): boolean {
		const id = answer.id
		if (!isCallId(id)) return false
		const call = this.#take(id)
		if (call === undefined) return this.#abandoned.delete(id)
		if (answer.kind === 'error') call.reject(this.#rpcError(call.method, answer.error))
		else if (call.form === 'result') call.resolve(answer.result)
		else this.#read(call, call.form, frame)
		this.#pump()
		return true
	}

	/** Hands a large answer over without having parsed it. */
	settleFrame(id: number, frame: Buffer): boolean {
		const call = this.#take(id)
		if (call === undefined) return this.#abandoned.delete(id)
		if (call.form === 'result') throw new TypeError(`the answer to ${call.method} was not parsed`)
		this.#read(call, call.form, frame)
		this.#pump()
		return true
	}

	#read(call: PendingCall, read: FrameReading, frame: Buffer): void {
		try {
			call.resolve(read(frame))
		} catch (error) {
			call.reject(error)
		}
	}

	/**
	 * Routes the answer to a batch. Calls of the same batch that are not in it will get no other answer: they fail.
	 * @returns the number of answers that belong to no call, or undefined if no batch was ever sent
	 */
	settleBatch(answers: readonly Answer[], frame: Buffer): number | undefined {
		if (this.#batchesSent === 0) return undefined
		const requests = new Set<Request>()
		let unknown = 0
		for (const answer of answers) {
			const request = isCallId(answer.id) ? this.#inFlight.get(answer.id)?.request : undefined
			if (request?.isBatch) requests.add(request)
			if (!this.settle(answer, frame)) unknown++
		}
		for (const request of requests) {
			for (const { call } of [...request.open.values()]) {
				this.fail(call.id, new NodeProtocolError(this.options.url, `no answer to ${call.method} in a batch`))
			}
		}
		return unknown
	}

	/** Fails one call. */
	fail(id: number, error: NodeError): void {
		this.#take(id)?.reject(error)
		this.#pump()
	}

	/** Fails every call, and all that are made later. */
	end(error: NodeError): void {
		this.#ended = error
		const calls = [...this.#inFlight.values()]
		for (const request of this.#queue) {
			for (const { call } of request.open.values()) calls.push(call)
		}
		this.#inFlight.clear()
		this.#queue.clear()
		this.#queuedCalls = 0
		for (const call of calls) {
			call.release()
			call.reject(error)
		}
	}

	#take(id: number): PendingCall | undefined {
		const call = this.#inFlight.get(id)
		if (call === undefined) return undefined
		this.#inFlight.delete(id)
		call.request.open.delete(id)
		call.release()
		return call
	}

	#rpcError(method: string, error: unknown): NodeError {
		const { url } = this.options
		if (typeof error === 'object' && error !== null) {
			const body: { code?: unknown; message?: unknown; data?: unknown } = error
			if (typeof body.code === 'number' && typeof body.message === 'string') {
				return new NodeRpcError(url, method, body.code, body.message, body.data)
			}
		}
		return new NodeProtocolError(url, `${method} was answered with an error without code and message`)
	}
}

/** go-ethereum's own client leaves `params` out when there are none. */
function encodeCall(id: number, method: string, params: readonly unknown[]): string {
	return JSON.stringify(
		params.length === 0 ? { jsonrpc: '2.0', id, method } : { jsonrpc: '2.0', id, method, params },
	)
}
