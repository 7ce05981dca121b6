import { setTimeout as sleep } from 'node:timers/promises'
import { type RpcAnswer, readAnswer } from './read-answer.js'
import { RecordStoppedError, RpcRefusedError, RpcUnavailableError } from './record-errors.js'

/** Of one request, its body included: receipts of a full block over a slow line. */
const TIMEOUT_MS = 30_000
const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 30_000
/** An endpoint that has not answered one request for so long is given up. */
const PATIENCE_MS = 300_000
/** An error about one request may come from one server of many; more often than this it is meant. */
const ERRORS_ALLOWED = 5
/** After a rate limit, one more request is tried in parallel for so many good answers. */
const GOOD_FOR_ONE_MORE = 64

type Failure = Exclude<RpcAnswer, { kind: 'result' | 'refused' }>

export interface PoliteRpcOptions {
	/** For messages: names the endpoint without its secrets. */
	readonly name: string
	readonly url: string
	/** Requests in flight. Each is one request: batches are counted by the piece, and refused by many. */
	readonly parallel: number
	/** Ends all calls with a RecordStoppedError. */
	readonly signal: AbortSignal
	readonly patienceMs?: number
	readonly timeoutMs?: number
	/** Replaced in tests. */
	readonly wait?: (ms: number, signal: AbortSignal) => Promise<unknown>
}

/**
 * JSON-RPC over HTTP to an endpoint that may limit its callers. When it does, all calls wait for as long as it says
 * (or twice as long each time), and half as many go on; each run of good answers adds one again. Failures are tried
 * again until the endpoint has been silent for too long.
 */
export class PoliteRpc {
	readonly name: string
	readonly #options: PoliteRpcOptions
	readonly #wait: NonNullable<PoliteRpcOptions['wait']>
	readonly #queue: (() => void)[] = []
	#inFlight = 0
	#limit: number
	#good = 0
	/** Since the last good answer. */
	#pauses = 0
	#allPauses = 0
	#pause: Promise<unknown> | undefined
	#nextId = 1

	constructor(options: PoliteRpcOptions) {
		this.name = options.name
		this.#options = options
		this.#wait = options.wait ?? ((ms, signal) => sleep(ms, undefined, { signal }))
		this.#limit = options.parallel
	}

	/** Requests that may be in flight now. */
	get limit(): number {
		return this.#limit
	}

	/** @throws RpcRefusedError, RpcUnavailableError, RecordStoppedError */
	async call(method: string, params: readonly unknown[]): Promise<unknown> {
		let failedAt: number | undefined
		for (let errors = 0; ; ) {
			let pausesBefore = 0
			const answer = await this.#turn(() => {
				pausesBefore = this.#allPauses
				return this.#ask(method, params)
			})
			this.#mustRun()
			if (answer.kind === 'result') {
				this.#answered()
				return answer.result
			}
			if (answer.kind === 'refused') throw new RpcRefusedError(this.name, method, answer.reason)
			if (answer.kind === 'error' && ++errors >= ERRORS_ALLOWED) {
				throw new RpcRefusedError(this.name, method, answer.reason)
			}
			failedAt ??= performance.now()
			this.#mustBePatient(method, answer, performance.now() - failedAt)
			// Calls that were refused together are one refusal, and wait together.
			if (this.#allPauses === pausesBefore) this.#backOff(answer)
			await this.#pause
			this.#mustRun()
		}
	}

	#answered(): void {
		this.#pauses = 0
		if (this.#limit < this.#options.parallel && ++this.#good >= GOOD_FOR_ONE_MORE) {
			this.#good = 0
			this.#limit++
			this.#next()
		}
	}

	#mustBePatient(method: string, answer: Failure, silentMs: number): void {
		const { patienceMs = PATIENCE_MS } = this.#options
		const afterMs = afterMsOf(answer)
		if (silentMs < patienceMs && (afterMs ?? 0) <= patienceMs) return
		const wish = afterMs === undefined ? '' : `, wants a pause of ${afterMs / 1000} s`
		throw new RpcUnavailableError(this.name, method, `${answer.reason}${wish}`, Math.round(silentMs / 1000))
	}

	#backOff(answer: Failure): void {
		if (answer.kind === 'limited') {
			this.#limit = Math.max(1, this.#limit >> 1)
			this.#good = 0
		}
		// Not at once, even if the endpoint says so: it has just refused.
		const ms = Math.max(
			afterMsOf(answer) ?? Math.min(FIRST_PAUSE_MS * 2 ** this.#pauses, LONGEST_PAUSE_MS),
			FIRST_PAUSE_MS,
		)
		this.#pauses++
		this.#allPauses++
		this.#pause = this.#wait(ms, this.#options.signal)
			// Stopped while it waits: whoever waits looks at the signal.
			.catch(() => undefined)
			.finally(() => {
				this.#pause = undefined
			})
	}

	async #ask(method: string, params: readonly unknown[]): Promise<RpcAnswer> {
		const body = JSON.stringify({ jsonrpc: '2.0', id: this.#nextId++, method, params })
		const headers = { 'content-type': 'application/json' }
		const { signal, url, timeoutMs = TIMEOUT_MS } = this.#options
		// By hand: the parts of an AbortSignal.any may be collected as garbage before they fire.
		const ended = new AbortController()
		const stop = () => ended.abort()
		const timer = setTimeout(
			() => ended.abort(new Error(`no whole answer within ${timeoutMs / 1000} s`)),
			timeoutMs,
		)
		signal.addEventListener('abort', stop, { once: true })
		try {
			return await readAnswer(fetch(url, { method: 'POST', headers, body, signal: ended.signal }))
		} finally {
			clearTimeout(timer)
			signal.removeEventListener('abort', stop)
		}
	}

	/** Runs when fewer than the limit are in flight and nobody waits out a pause. */
	async #turn<T>(run: () => Promise<T>): Promise<T> {
		while (this.#inFlight >= this.#limit || this.#pause !== undefined) {
			this.#mustRun()
			if (this.#pause !== undefined) await this.#pause
			else await new Promise<void>((resolve) => this.#queue.push(resolve))
		}
		this.#mustRun()
		this.#inFlight++
		try {
			return await run()
		} finally {
			this.#inFlight--
			this.#next()
		}
	}

	#next(): void {
		this.#queue.shift()?.()
	}

	#mustRun(): void {
		if (!this.#options.signal.aborted) return
		for (const wake of this.#queue.splice(0)) wake()
		throw new RecordStoppedError()
	}
}

function afterMsOf(answer: Failure): number | undefined {
	return 'afterMs' in answer ? answer.afterMs : undefined
}
