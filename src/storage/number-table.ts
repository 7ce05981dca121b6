import type { Database, Transaction } from 'lmdb'
import { DataCorruptionError } from '../protocol/errors.js'
import { numberKey, readUint64 } from './keys.js'
import { lendBinary } from './lend-binary.js'
import type { RowCodec } from './rows.js'

/** Which view a read uses: an explicit read transaction, or (inside of a write) what the write has done so far. */
export interface ReadOptions {
	readonly transaction?: Transaction
}

/** A row with its number beside it: objects that are copied to gain a member cost more than the read. */
export interface Numbered<Row> {
	readonly at: number
	readonly row: Row
}

/** A table of fixed-width rows by number. Writing methods work only inside of `MetaEnvironment.write`. */
export class NumberTable<Row extends object> {
	constructor(
		readonly name: string,
		private readonly db: Database<Buffer, Buffer>,
		private readonly codec: RowCodec<Row>,
	) {}

	/** Rows that there are. LMDB has the number at hand. */
	get count(): number {
		return (this.db.getStats() as { readonly entryCount: number }).entryCount
	}

	get(at: number, options: ReadOptions): Row | undefined {
		if (!Number.isSafeInteger(at) || at < 0) return undefined
		const bytes = lendBinary(this.db, numberKey(at), options)
		return bytes && this.codec.decode(bytes, bytes.length, () => `row ${at} of ${this.name}`)
	}

	first(options: ReadOptions): Numbered<Row> | undefined {
		return this.one({ ...options, limit: 1 })
	}

	last(options: ReadOptions): Numbered<Row> | undefined {
		return this.one({ ...options, limit: 1, reverse: true })
	}

	/** The last row whose number is not above `at`. */
	atOrBelow(at: number, options: ReadOptions): Numbered<Row> | undefined {
		if (at < 0) return undefined
		return this.one({ ...options, limit: 1, reverse: true, start: numberKey(at) })
	}

	/** The first row whose number is not below `at`. */
	atOrAbove(at: number, options: ReadOptions): Numbered<Row> | undefined {
		return this.one({ ...options, limit: 1, start: numberKey(at) })
	}

	/** Rows from `from` upwards, in order. */
	*rows(from: number, options: ReadOptions): Generator<Numbered<Row>> {
		for (const { key, value } of this.db.getRange({ ...options, start: numberKey(from) }))
			yield this.decode(key, value)
	}

	/** Puts a row. Rows mostly come in order, and only appends fill LMDB's leaves; an overwrite is a plain put. */
	put(at: number, row: Row): void {
		const key = numberKey(at)
		const bytes = this.codec.encode(row)
		// An append out of order is no error in lmdb-js: it returns false and has written nothing.
		if (this.db.putSync(key, bytes, { append: true }) !== (true as unknown)) this.db.putSync(key, bytes)
	}

	remove(at: number): void {
		this.db.removeSync(numberKey(at))
	}

	/** Deletes the suffix above `at` and says how many rows that were. */
	removeAbove(at: number): number {
		const keys = [...this.db.getKeys({ start: numberKey(at + 1) })].map((key) => Buffer.from(key))
		for (const key of keys) this.db.removeSync(key)
		return keys.length
	}

	/** Deletes the rows from `from` up to but without `to`. */
	removeRange(from: number, to: number): void {
		if (to <= from) return
		const range = this.db.getKeys({ start: numberKey(from), end: numberKey(to) })
		for (const key of [...range].map((key) => Buffer.from(key))) this.db.removeSync(key)
	}

	private one(range: object): Numbered<Row> | undefined {
		for (const { key, value } of this.db.getRange(range)) return this.decode(key, value)
		return undefined
	}

	private decode(key: Buffer, value: Buffer): Numbered<Row> {
		if (key.length !== 8)
			throw new DataCorruptionError(`a key of ${this.name} has ${key.length} bytes, expected 8`)
		const at = readUint64(toBuffer(key), 0)
		if (Number.isNaN(at)) throw new DataCorruptionError(`a key of ${this.name} is above 2^53 - 1`)
		return { at, row: this.codec.decode(toBuffer(value), value.length, () => `row ${at} of ${this.name}`) }
	}
}

function toBuffer(bytes: Uint8Array): Buffer {
	return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}
