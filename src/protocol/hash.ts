import { MalformedValueError } from './errors.js'

declare const hashBrand: unique symbol

/**
 * A 32-byte hash in its one canonical form: `0x` and 64 lower-case hex digits.
 *
 * Block hashes are strings everywhere outside of packed records, so that `===` compares them and a Map takes
 * them as keys (docs/decisions.md). Only `parseHash` and `bytesToHash` make one.
 */
export type Hash = `0x${string}` & { readonly [hashBrand]: true }

const HASH_PATTERN = /^0x[0-9a-fA-F]{64}$/

export const ZERO_HASH = `0x${'0'.repeat(64)}` as Hash

/**
 * Reads a hash from untrusted input.
 * @throws MalformedValueError naming `field` if the value is no 32-byte hex string with `0x`.
 */
export function parseHash(value: unknown, field: string): Hash {
	if (typeof value !== 'string' || !HASH_PATTERN.test(value)) {
		throw new MalformedValueError(field, 'a 0x-prefixed hash of 32 bytes', value)
	}
	return value.toLowerCase() as Hash
}

/** Bytes that are no Buffer go through this one: a view on them would cost more than the digits themselves. */
const copied = Buffer.alloc(32)

/** Reads 32 bytes at `offset`. */
export function bytesToHash(bytes: Uint8Array, offset = 0): Hash {
	if (Buffer.isBuffer(bytes)) return `0x${bytes.toString('hex', offset, offset + 32)}` as Hash
	copied.set(offset === 0 && bytes.length === 32 ? bytes : bytes.subarray(offset, offset + 32))
	return `0x${copied.toString('hex')}` as Hash
}

/** A fresh buffer of the hash's 32 bytes. */
export function hashToBytes(hash: Hash): Buffer {
	return Buffer.from(hash.slice(2), 'hex')
}

/** Writes the 32 bytes of `hash` at `offset`. */
export function writeHash(target: Buffer, hash: Hash, offset: number): void {
	target.write(hash.slice(2), offset, 32, 'hex')
}
