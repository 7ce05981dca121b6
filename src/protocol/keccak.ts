import { createKeccak } from 'hash-wasm'

/** Keccak-256 digests have 32 bytes. */
export const KECCAK_BYTES = 32

/*
 * One WASM instance a thread, awaited once while the module loads, so that hashing itself is synchronous: indexing
 * hashes every log twice and cannot pay for a promise each time. Calls never interleave because nothing in them awaits.
 */
const hasher = await createKeccak(256)

/** Keccak-256 of the parts one after the other. */
export function keccak256(...parts: readonly Uint8Array[]): Uint8Array {
	hasher.init()
	for (const part of parts) hasher.update(part)
	return hasher.digest('binary')
}

/** Writes the Keccak-256 of `bytes` to `target` at `offset`. For the hot path: no argument array. */
export function keccak256Into(target: Uint8Array, offset: number, bytes: Uint8Array): void {
	hasher.init()
	hasher.update(bytes)
	target.set(hasher.digest('binary'), offset)
}
