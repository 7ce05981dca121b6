import type { Hash } from '../protocol/hash.js'
import { writeHash } from '../protocol/hash.js'

const TWO_POW_32 = 0x1_0000_0000

/** Block number and 32-byte hash. */
export const BLOCK_KEY_SIZE = 40

/** Writes a safe integer as uint64, big-endian, so that keys sort by number. */
export function writeUint64(target: Buffer, value: number, offset: number): void {
	if (!Number.isSafeInteger(value) || value < 0) {
		throw new RangeError(`${value} is no block number or timestamp`)
	}
	target.writeUInt32BE(Math.floor(value / TWO_POW_32), offset)
	target.writeUInt32BE(value >>> 0, offset + 4)
}

/** Reads what `writeUint64` wrote. A value above 2^53 - 1 comes back as NaN, which no check accepts. */
export function readUint64(source: Buffer, offset: number): number {
	const value = source.readUInt32BE(offset) * TWO_POW_32 + source.readUInt32BE(offset + 4)
	return Number.isSafeInteger(value) ? value : Number.NaN
}

/** Key of a row that is found by a block number. */
export function numberKey(value: number): Buffer {
	const key = Buffer.allocUnsafe(8)
	writeUint64(key, value, 0)
	return key
}

/** Key of a row that is found by block number and hash. */
export function blockKey(block: { readonly number: number; readonly hash: Hash }): Buffer {
	const key = Buffer.allocUnsafe(BLOCK_KEY_SIZE)
	writeUint64(key, block.number, 0)
	writeHash(key, block.hash, 8)
	return key
}
