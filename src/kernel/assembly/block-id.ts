import { FAIL } from './json'
import { BLOCK_HASH_TEXT, BLOCK_NUMBER_TEXT } from './memory'

/* What the caller says the block is, compared with the text as it stands. */

/** A hash in its quotes: `0x`, 64 digits. */
const HASH_TEXT_BYTES: usize = 68

let numberTextBytes: usize = 0

/** The number's text with its quotes has `length` bytes, 32 at most. */
export function setNumberLength(length: usize): void {
	numberTextBytes = length
}

/** The address behind the block's hash that stands at `at`, or FAIL. Upper-case digits mean the same, but only the decoder knows. */
export function standsBlockHash(at: usize): usize {
	const a = v128.xor(v128.load(at), v128.load(BLOCK_HASH_TEXT))
	const b = v128.xor(v128.load(at, 16), v128.load(BLOCK_HASH_TEXT, 16))
	const c = v128.xor(v128.load(at, 32), v128.load(BLOCK_HASH_TEXT, 32))
	const d = v128.xor(v128.load(at, 48), v128.load(BLOCK_HASH_TEXT, 48))
	const differs = v128.any_true(v128.or(v128.or(a, b), v128.or(c, d)))
	if (differs || load<u32>(at, 64) !== load<u32>(BLOCK_HASH_TEXT, 64)) return FAIL
	return at + HASH_TEXT_BYTES
}

/** The address behind the block's number that stands at `at`, or FAIL. */
export function standsBlockNumber(at: usize): usize {
	const a = i8x16.bitmask(i8x16.eq(v128.load(at), v128.load(BLOCK_NUMBER_TEXT)))
	const b = i8x16.bitmask(i8x16.eq(v128.load(at, 16), v128.load(BLOCK_NUMBER_TEXT, 16)))
	return (ctz(~(a | (b << 16))) as usize) >= numberTextBytes ? at + numberTextBytes : FAIL
}
