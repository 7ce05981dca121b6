import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Logger } from 'pino'
import { Flights } from '../node/flights.js'
import { RateLimitedLog } from '../observability/rate-limited-log.js'
import { redactUrl } from '../observability/redact-url.js'
import { bytesToHash, type Hash } from '../protocol/hash.js'
import { isRecord } from '../protocol/record.js'
import { wholeFetch } from './fetch-whole.js'
import type { GatewayCounts } from './gateway-counts.js'
import type { KeptObjects } from './kept-objects.js'

/** 21 blobs of a block, twice that in hex, and room for more. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024
/** What a fork may change is asked again after so long. */
const CONSTANT_MS = 3_600_000
/**
 * Blobs are not proven here: that takes 0.4 s for each, and op-node does it itself. So a wrong one must not stay: after
 * this long they are fetched again. The nodes of a cluster ask within seconds of each other.
 */
const BLOBS_MS = 600_000
const BLOB_HEX_LENGTH = 2 + 2 * 131_072

const CONSTANTS = ['/eth/v1/beacon/genesis', '/eth/v1/config/spec'] as const
const PASSED_ON = ['/eth/v1/node/version', '/eth/v1/beacon/blob_sidecars/:slot'] as const

export interface BeaconOptions {
	/** In order of preference. */
	readonly urls: readonly string[]
	readonly timeoutMs: number
}

export interface BeaconModules {
	readonly log: Logger
	readonly kept: KeptObjects
	readonly counts: GatewayCounts
}

interface Answer {
	readonly status: number
	/** JSON in UTF-8. */
	readonly body: string | Buffer
}

/** What op-node asks of an L1 beacon node: each thing once, from the first that has it. */
export class Beacon {
	readonly #options: BeaconOptions
	readonly #modules: BeaconModules
	readonly #fetch
	readonly #log: RateLimitedLog
	readonly #constants = new Map<string, { readonly until: number; readonly answer: Answer }>()
	readonly #flights = new Flights<string, Answer>()

	constructor(options: BeaconOptions, modules: BeaconModules) {
		this.#options = options
		this.#modules = modules
		this.#fetch = wholeFetch({ timeoutMs: options.timeoutMs, maxBytes: MAX_ANSWER_BYTES })
		this.#log = new RateLimitedLog({}, modules)
	}

	/** `eth/v1/...`, as op-node's client asks for it. */
	addRoutes(app: FastifyInstance): void {
		for (const path of CONSTANTS)
			app.get(path, (_, reply) => this.#send(path, reply, () => this.#constant(path)))
		for (const path of PASSED_ON)
			app.get(path, (request, reply) => this.#send(path, reply, () => this.#once(request.url)))
		app.get('/eth/v1/beacon/blobs/:slot', (request, reply) => {
			const { url } = request
			return this.#send('/eth/v1/beacon/blobs/:slot', reply, () => this.#blobs(url))
		})
	}

	close(): void {
		this.#fetch.close()
	}

	async #send(path: string, reply: FastifyReply, find: () => Promise<Answer>): Promise<FastifyReply> {
		const { status, body } = await find()
		this.#modules.counts.request(path, status === 200 ? 'ok' : status)
		return reply.code(status).type('application/json').send(body)
	}

	async #constant(path: string): Promise<Answer> {
		const known = this.#constants.get(path)
		if (known !== undefined && known.until > performance.now()) return known.answer
		const answer = await this.#once(path)
		if (answer.status === 200) this.#constants.set(path, { until: performance.now() + CONSTANT_MS, answer })
		// An old one is better than none.
		return answer.status === 200 ? answer : (known?.answer ?? answer)
	}

	/** Blobs by their versioned hashes are the same whatever happens to the slot; those of a slot alone are not. */
	async #blobs(url: string): Promise<Answer> {
		const hashes = new URL(url, 'http://localhost').searchParams.getAll('versioned_hashes')
		if (hashes.length === 0) return this.#once(url)
		const age = String(Math.floor(Date.now() / BLOBS_MS))
		const name = hashOf([...hashes.map((hash) => hash.toLowerCase()), age])
		const found = await this.#modules.kept.get<Answer>('blobs', name, async () => {
			const answer = await this.#ask(url, (body) => isBlobs(body, hashes.length))
			return answer.status === 200 ? Buffer.from(answer.body as string) : answer
		})
		return Buffer.isBuffer(found) ? { status: 200, body: found } : found
	}

	/** Who asks for what is under way gets that answer. */
	#once(url: string): Promise<Answer> {
		return this.#flights.once(url, () => this.#ask(url, () => true))
	}

	/** The first right answer; 404 if nobody has it; 502 if nobody answers. */
	async #ask(url: string, isRight: (body: unknown) => boolean): Promise<Answer> {
		let missing: Answer | undefined
		let reason = 'there is no beacon endpoint: set --l1-gateway.beacon'
		for (const base of this.#options.urls) {
			const name = redactUrl(base)
			try {
				const response = await this.#fetch.fetch(`${base.replace(/\/+$/, '')}${url}`, {
					headers: { accept: 'application/json' },
				})
				const body = await response.text()
				this.#modules.counts.fetchedBytes += body.length
				const outcome = response.status === 200 ? (isRight(JSON.parse(body)) ? 'ok' : 'wrong') : 'error'
				this.#modules.counts.upstream(name, response.status === 404 ? 'null' : outcome)
				if (outcome === 'ok') return { status: 200, body }
				if (response.status === 404) missing ??= { status: 404, body }
				reason = outcome === 'wrong' ? 'an answer to something else' : `HTTP status ${response.status}`
			} catch (error) {
				this.#modules.counts.upstream(name, 'error')
				reason = error instanceof Error ? error.message : String(error)
			}
			this.#log.log(
				'warn',
				`${name} ${reason}`,
				{ upstream: name, reason },
				'an L1 beacon endpoint does not answer the L1 gateway',
			)
		}
		return (
			missing ?? {
				status: 502,
				body: JSON.stringify({ code: 502, message: `no beacon endpoint answers: ${reason}` }),
			}
		)
	}
}

function isBlobs(body: unknown, count: number): boolean {
	const data = isRecord(body) ? body.data : undefined
	return (
		Array.isArray(data) &&
		data.length === count &&
		data.every((blob) => typeof blob === 'string' && blob.length === BLOB_HEX_LENGTH)
	)
}

function hashOf(parts: readonly string[]): Hash {
	return bytesToHash(createHash('sha256').update(parts.join()).digest())
}
