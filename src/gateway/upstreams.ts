import type { Logger } from 'pino'
import { RateLimitedLog } from '../observability/rate-limited-log.js'
import { redactUrl } from '../observability/redact-url.js'
import { UpstreamBusyError, UpstreamCallError, UpstreamContentError } from './errors.js'
import type { GatewayCounts } from './gateway-counts.js'
import { openUpstream, type Upstream } from './upstream.js'

/** Calls in flight: enough for a catch-up over 50 ms of latency, few enough for a hosted endpoint. */
const CONCURRENT = 32
/** Calls that wait for one of these; at 50 ms each the last one waits 3 s. */
const WAITING = 2_048
/** An endpoint that could not be reached is asked last for so long: a dead one would cost its deadline each time. */
const REST_MS = 5_000
/** go-ethereum's code of a call that was reverted: every endpoint would say the same. */
const REVERTED = 3

export interface UpstreamsOptions {
	/** In order of preference. */
	readonly urls: readonly string[]
	readonly timeoutMs: number
}

export interface UpstreamsModules {
	readonly log: Logger
	readonly counts: GatewayCounts
}

/** The L1 RPC endpoints as one: the first right answer counts. */
export class Upstreams {
	readonly #upstreams: readonly (Upstream & { readonly name: string; restsUntil: number })[]
	readonly #log: RateLimitedLog
	readonly #counts: GatewayCounts
	readonly #waiting: (() => void)[] = []
	#inFlight = 0

	constructor({ urls, timeoutMs }: UpstreamsOptions, { log, counts }: UpstreamsModules) {
		this.#counts = counts
		this.#log = new RateLimitedLog({}, { log })
		this.#upstreams = urls.map((url) => {
			const upstream = openUpstream({ url, timeoutMs }, (bytes) => {
				counts.fetchedBytes += bytes
			})
			return {
				url,
				name: redactUrl(url),
				restsUntil: 0,
				call: (method, params) => upstream.call(method, params),
				close: () => upstream.close(),
			}
		})
	}

	/**
	 * What `check` makes of the first answer that it takes. Undefined if all upstreams say null.
	 * @param check throws for a wrong answer, and the next upstream is asked
	 * Rejects with UpstreamBusyError; or, if nobody answers rightly, with UpstreamCallError or UpstreamContentError.
	 */
	async ask<T>(
		method: string,
		params: readonly unknown[],
		check: (result: unknown) => T,
	): Promise<T | undefined> {
		let failure: Error | undefined
		for (const upstream of this.#inOrder()) {
			try {
				const result = await this.#limited(() => upstream.call(method, params))
				if (result === null) {
					this.#counts.upstream(upstream.name, 'null')
					continue
				}
				const checked = right(method, result, check)
				this.#counts.upstream(upstream.name, 'ok')
				return checked
			} catch (error) {
				if (error instanceof UpstreamContentError) this.#reject(upstream.name, method, error)
				else if (error instanceof UpstreamCallError) {
					this.#counts.upstream(upstream.name, 'error')
					if (error.code === REVERTED) throw error
					if (error.code === undefined) upstream.restsUntil = performance.now() + REST_MS
					this.#log.log(
						'warn',
						`${upstream.name} ${method}`,
						{ upstream: upstream.name, method, reason: error.reason },
						'an L1 endpoint does not answer the L1 gateway',
					)
				} else throw error
				failure = error
			}
		}
		if (failure !== undefined) throw failure
		return undefined
	}

	close(): void {
		for (const upstream of this.#upstreams) upstream.close()
	}

	#reject(upstream: string, method: string, error: UpstreamContentError): void {
		this.#counts.upstream(upstream, 'wrong')
		this.#log.log(
			'error',
			`${upstream} ${method} wrong`,
			{ upstream, method, reason: error.message },
			'an L1 endpoint gave an answer that does not belong to the hash; it is not used',
		)
	}

	#inOrder() {
		const now = performance.now()
		const rests = ({ restsUntil }: { restsUntil: number }) => (restsUntil > now ? 1 : 0)
		return [...this.#upstreams].sort((a, b) => rests(a) - rests(b))
	}

	async #limited<T>(call: () => Promise<T>): Promise<T> {
		if (this.#inFlight >= CONCURRENT) {
			if (this.#waiting.length >= WAITING) throw new UpstreamBusyError(this.#waiting.length)
			await new Promise<void>((resolve) => this.#waiting.push(resolve))
		} else this.#inFlight++
		try {
			return await call()
		} finally {
			// Its place goes to who waits.
			const next = this.#waiting.shift()
			if (next === undefined) this.#inFlight--
			else next()
		}
	}
}

/** Whatever `check` does not understand is a wrong answer. */
function right<T>(method: string, result: unknown, check: (result: unknown) => T): T {
	try {
		return check(result)
	} catch (error) {
		if (error instanceof UpstreamContentError) throw error
		const reason = error instanceof Error ? error.message : String(error)
		throw new UpstreamContentError(method, 'an answer of the right form', reason)
	}
}
