import { keccak256 } from './keccak.js'

/** The bloom filter of a receipt has 2048 bits. */
export const BLOOM_BYTES = 256
const BLOOM_BITS_MASK = 0x7ff

/** Each value sets three bits, chosen by the first three byte pairs of its hash (Ethereum yellow paper, M3:2048). */
const PAIR_OFFSETS = [0, 2, 4] as const

/** Adds an address or a topic to `bloom`. */
export function addToBloom(bloom: Uint8Array, value: Uint8Array): void {
	const hash = Buffer.from(keccak256(value))
	for (const offset of PAIR_OFFSETS) {
		const bit = hash.readUInt16BE(offset) & BLOOM_BITS_MASK
		const index = BLOOM_BYTES - 1 - (bit >> 3)
		bloom[index] = (bloom[index] ?? 0) | (1 << (bit & 7))
	}
}
