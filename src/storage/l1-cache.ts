import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Database, open, type RootDatabase } from 'lmdb'
import type { Logger } from 'pino'
import { checkDatabaseFile } from './check-file.js'
import { numberKey, readUint64 } from './keys.js'

/** In the data directory, beside the store and apart from it: it can be removed at any time while Vigil is stopped. */
export const L1_CACHE_FILE = 'l1-gateway.mdb'
/** Objects removed in one transaction at most: each frees some 100 KB, and new ones wait meanwhile. */
const SWEEP_BATCH = 64

export interface L1CacheOptions {
	readonly directory: string
	/** Of keys and values together; the file has some pages more. */
	readonly maxBytes: number
}

/**
 * Objects of L1 by content: what a key names never changes, so nothing is ever overwritten. When there are more than
 * `maxBytes` the oldest go first. One thread writes.
 */
export class L1Cache {
	readonly #env: RootDatabase
	readonly #objects: Database<Buffer, Buffer>
	/** Key: a number that grows; value: size of the object, and its key. */
	readonly #order: Database<Buffer, Buffer>
	readonly #maxBytes: number
	#next = 0
	#bytes = 0
	#sweep: Promise<void> | undefined
	#closed: Promise<void> | undefined

	/** A file that is damaged is begun anew: everything in it can be fetched again. */
	static open(options: L1CacheOptions, modules: { readonly log: Logger }): L1Cache {
		try {
			return new L1Cache(options)
		} catch (error) {
			const path = join(options.directory, L1_CACHE_FILE)
			modules.log.warn({ err: error, path }, 'the cache of L1 cannot be read and is begun anew')
			for (const file of [path, `${path}-lock`]) rmSync(file, { force: true })
			return new L1Cache(options)
		}
	}

	private constructor({ directory, maxBytes }: L1CacheOptions) {
		this.#maxBytes = maxBytes
		checkDatabaseFile(directory, join(directory, L1_CACHE_FILE))
		this.#env = open({
			path: join(directory, L1_CACHE_FILE),
			// Address space: old and new objects at the same time, and what lies fallow between them.
			mapSize: Math.max(2 * maxBytes, 64 * 2 ** 20),
			maxDbs: 2,
			overlappingSync: false,
		})
		const binary = { keyEncoding: 'binary', encoding: 'binary' } as const
		this.#objects = this.#env.openDB<Buffer, Buffer>({ name: 'objects', ...binary })
		this.#order = this.#env.openDB<Buffer, Buffer>({ name: 'order', ...binary })
		for (const { key, value } of this.#order.getRange()) {
			this.#next = readUint64(Buffer.from(key), 0) + 1
			this.#bytes += value.readUInt32BE(0)
		}
	}

	/** Bytes of all objects. */
	get bytes(): number {
		return this.#bytes
	}

	/** A copy of the object, undefined if it is not there. */
	get(key: Buffer): Buffer | undefined {
		return this.#objects.get(key)
	}

	/**
	 * Keeps an object, and makes room for it. Resolves when it can be read by others. Rejects if it cannot be written;
	 * the cache stays as it was. Not to be called for a key whose `put` is not done yet.
	 */
	async put(key: Buffer, value: Buffer): Promise<void> {
		const size = key.length + value.length
		if (size > this.#maxBytes || this.#objects.doesExist(key)) return
		const row = Buffer.allocUnsafe(4)
		row.writeUInt32BE(size, 0)
		const order = numberKey(this.#next++)
		await this.#env.batch(() => {
			this.#objects.put(key, value)
			this.#order.put(order, Buffer.concat([row, key]))
		})
		this.#bytes += size
		while (this.#bytes > this.#maxBytes) {
			this.#sweep ??= this.#removeOldest().finally(() => {
				this.#sweep = undefined
			})
			await this.#sweep
		}
	}

	close(): Promise<void> {
		this.#closed ??= this.#env.close()
		return this.#closed
	}

	async #removeOldest(): Promise<void> {
		const oldest = [...this.#order.getRange({ limit: SWEEP_BATCH })]
		const doomed: { readonly order: Buffer; readonly row: Buffer }[] = []
		let freed = 0
		for (const { key, value } of oldest) {
			if (this.#bytes - freed <= this.#maxBytes) break
			freed += value.readUInt32BE(0)
			doomed.push({ order: Buffer.from(key), row: Buffer.from(value) })
		}
		await this.#env.batch(() => {
			for (const { order, row } of doomed) {
				this.#objects.remove(row.subarray(4))
				this.#order.remove(order)
			}
		})
		this.#bytes -= freed // Others may have been written meanwhile.
	}
}
