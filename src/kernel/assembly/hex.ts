import { FAIL, QUOTE } from './json'

/*
 * Hex digits to bytes, 32 digits at a time. A vector of digits is checked and decoded apart; the compiler sees that
 * both begin alike.
 */

/** `"0x` as it is loaded, and the bits of three bytes. */
const OPENING: u32 = 0x783022
const THREE_BYTES: u32 = 0xffffff
export const OPENING_BYTES: usize = 3

/** Does a string of hex digits begin at `at`? */
export function standsOpening(at: usize): bool {
	return (load<u32>(at) & THREE_BYTES) === OPENING
}

/** Writes the 20 bytes of an address that stands at `at`, in quotes. Gives the address behind it, or FAIL. */
export function decodeAddress(at: usize, target: usize): usize {
	const digits = at + OPENING_BYTES
	if (!standsOpening(at) || load<u8>(digits, 40) !== QUOTE) return FAIL
	const a = v128.load(digits)
	const b = v128.load(digits, 16)
	// The last 32 digits again: 16 bytes are what a vector writes.
	const c = v128.load(digits, 8)
	const d = v128.load(digits, 24)
	if (!i8x16.all_true(v128.and(v128.and(areDigits(a), areDigits(b)), areDigits(d)))) return FAIL
	v128.store(target, bytesOf(a, b))
	v128.store(target, bytesOf(c, d), 4)
	return digits + 41
}

/** Writes the 32 bytes of a topic that stands at `at`, in quotes. Gives the address behind it, or FAIL. */
export function decodeTopic(at: usize, target: usize): usize {
	const digits = at + OPENING_BYTES
	if (!standsOpening(at) || load<u8>(digits, 64) !== QUOTE) return FAIL
	const a = v128.load(digits)
	const b = v128.load(digits, 16)
	const c = v128.load(digits, 32)
	const d = v128.load(digits, 48)
	const valid = v128.and(v128.and(areDigits(a), areDigits(b)), v128.and(areDigits(c), areDigits(d)))
	if (!i8x16.all_true(valid)) return FAIL
	v128.store(target, bytesOf(a, b))
	v128.store(target, bytesOf(c, d), 16)
	return digits + 65
}

/**
 * Writes what the digits from `at` on say, up to the quote that must end them after an even number. Gives the address
 * of that quote, or FAIL. Up to 16 bytes behind the last one are overwritten.
 */
export function decodeDigits(at: usize, target: usize): usize {
	let p = at
	let out = target
	let a = v128.load(p)
	let b = v128.load(p, 16)
	while (i8x16.all_true(v128.and(areDigits(a), areDigits(b)))) {
		v128.store(out, bytesOf(a, b))
		p += 32
		out += 16
		a = v128.load(p)
		b = v128.load(p, 16)
	}
	// Words of the ABI end here; the rest costs more than a look.
	if (load<u8>(p) === QUOTE) return p
	v128.store(out, bytesOf(a, b))
	const valid = i8x16.bitmask(areDigits(a)) | (i8x16.bitmask(areDigits(b)) << 16)
	const rest = ctz(~valid)
	p += rest
	return (rest & 1) === 0 && load<u8>(p) === QUOTE ? p : FAIL
}

/** The hex quantity `expected` in quotes, as nodes write it. Gives the address behind it, or FAIL. */
export function standsQuantity(at: usize, expected: u32): usize {
	if (!standsOpening(at)) return FAIL
	let p = at + OPENING_BYTES
	// From the highest digit that is not zero; of zero, one digit.
	let shift = expected === 0 ? 0 : (31 - clz(expected)) & ~3
	while (shift >= 0) {
		const digit = (expected >>> shift) & 15
		if (load<u8>(p) !== (digit < 10 ? 0x30 + digit : 0x57 + digit)) return FAIL
		p++
		shift -= 4
	}
	return load<u8>(p) === QUOTE ? p + 1 : FAIL
}

/** 0xff for each byte that is a hex digit, of either case. */
function areDigits(text: v128): v128 {
	return v128.or(areDecimal(text), areLetters(text))
}

function areDecimal(text: v128): v128 {
	const value = i8x16.sub(text, i8x16.splat(0x30))
	return i8x16.eq(i8x16.min_u(value, i8x16.splat(9)), value)
}

function areLetters(text: v128): v128 {
	const value = i8x16.sub(v128.or(text, i8x16.splat(0x20)), i8x16.splat(0x61))
	return i8x16.eq(i8x16.min_u(value, i8x16.splat(5)), value)
}

/** The 16 bytes of 32 digits. What is no digit gives any bytes. */
function bytesOf(a: v128, b: v128): v128 {
	return i8x16.narrow_i16x8_u(pairsOf(a), pairsOf(b))
}

/** Each two digits as one number of 16 bits. */
function pairsOf(text: v128): v128 {
	const low = v128.and(text, i8x16.splat(0x0f))
	const values = i8x16.add(low, v128.and(areLetters(text), i8x16.splat(9)))
	const joined = v128.or(i16x8.shl(values, 4), i16x8.shr_u(values, 8))
	return v128.and(joined, i16x8.splat(0xff))
}
