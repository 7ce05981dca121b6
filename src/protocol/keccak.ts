import { createKeccak } from 'hash-wasm'

/** Keccak-256 digests have 32 bytes. */
export const KECCAK_BYTES = 32

/*
 * One WASM instance a thread, awaited once while the module loads, so that hashing itself is synchronous:
 * whoever hashes a message cannot pay for a promise each time. Calls never interleave because nothing in them awaits.
 * Logs are hashed by the kernel (`src/kernel`), two at a time.
 */
const hasher = await createKeccak(256)

/** Keccak-256 of the parts one after the other. */
export function keccak256(...parts: readonly Uint8Array[]): Uint8Array {
	hasher.init()
	for (const part of parts) hasher.update(part)
	return hasher.digest('binary')
}
