import type { ReadOptions } from './number-table.js'

/** lmdb-js's own declaration leaves out that this read takes a transaction, as every other does. */
interface BinaryReads {
	getBinaryFast(key: Buffer, options: ReadOptions): Uint8Array | undefined
}

/**
 * A value without a copy: 0.4 us for 3 KB where `get` takes 2.6 us. The bytes are lent until the next read of the
 * same thread. (lmdb-js lends one shared buffer and sets its `length`, or a piece of the map itself.)
 */
export function lendBinary(db: BinaryReads, key: Buffer, options: ReadOptions): Buffer | undefined {
	const bytes = db.getBinaryFast(key, options)
	return bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}
