import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

/**
 * Reads a file of golden vectors (test/vectors/README.md). Its form is the caller's claim: a case that does not have
 * it fails its test.
 */
export function loadVectors<T>(name: string): T {
	const bytes = readFileSync(new URL(`../vectors/codec/${name}`, import.meta.url))
	return JSON.parse((name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()) as T
}

/** Bytes of a `0x` hex text of the vectors. */
export function bytes(hex: string): Buffer {
	return Buffer.from(hex.slice(2), 'hex')
}
