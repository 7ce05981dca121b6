import type { Logger } from 'pino'
import { RateLimitedLog } from '../observability/rate-limited-log.js'
import type { Hash } from '../protocol/hash.js'
import type { L1Cache } from '../storage/index.js'
import type { GatewayCounts } from './gateway-counts.js'
import { type ObjectKind, objectKey } from './stored-objects.js'

export interface KeptObjectsModules {
	readonly log: Logger
	readonly cache: L1Cache
	readonly counts: GatewayCounts
}

/** Objects by their hash: out of the cache, or fetched once however many ask at the same moment, and kept. */
export class KeptObjects {
	readonly #modules: KeptObjectsModules
	readonly #faults: RateLimitedLog
	/** Fetches that are not done, and objects that are not in the cache yet, by their key. */
	readonly #fetches = new Map<string, Promise<unknown>>()

	constructor(modules: KeptObjectsModules) {
		this.#modules = modules
		this.#faults = new RateLimitedLog({}, modules)
	}

	/**
	 * The object; a promise if it has to be fetched.
	 * @param fetch must give the same for the same kind and hash, whoever asks. What is no buffer is not kept.
	 */
	get<T>(kind: ObjectKind, hash: Hash, fetch: () => Promise<Buffer | T>): Buffer | Promise<Buffer | T> {
		const { cache, counts } = this.#modules
		const key = objectKey(kind, hash)
		const name = key.toString('latin1')
		const running = this.#fetches.get(name)
		if (running !== undefined) {
			counts.hit(kind)
			return running as Promise<Buffer | T>
		}
		const known = cache.get(key)
		if (known !== undefined) {
			counts.hit(kind)
			return known
		}
		counts.miss(kind)
		const fetched = fetch()
		this.#fetches.set(name, fetched)
		void this.#keep(key, fetched).finally(() => this.#fetches.delete(name))
		return fetched
	}

	/** Whoever asks until it is in the cache gets it from the fetch. */
	async #keep(key: Buffer, fetched: Promise<unknown>): Promise<void> {
		let object: unknown
		try {
			object = await fetched
		} catch {
			return // Whoever asked is told.
		}
		try {
			if (Buffer.isBuffer(object)) await this.#modules.cache.put(key, object)
		} catch (error) {
			this.#faults.log('error', 'put', { err: error }, 'the cache of the L1 gateway cannot be written')
		}
	}
}
