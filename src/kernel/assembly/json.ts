/*
 * Walking over JSON text without building values. Each function takes the address where something begins and gives
 * the one behind it, or FAIL for what is not JSON or not plain enough: strings with escapes, numbers with fraction or
 * exponent, deep nesting.
 *
 * Whatever is accepted here, JSON.parse accepts as well; values that are skipped are checked too. Nothing compares
 * with the end of the text: behind it are zeros, which are no JSON outside of strings and end strings.
 */

/** No text begins at address 0. */
export const FAIL: usize = 0

export const QUOTE: u8 = 0x22
export const COMMA: u8 = 0x2c
const MINUS: u8 = 0x2d
const ZERO: u8 = 0x30
const COLON: u8 = 0x3a
export const OPEN_BRACKET: u8 = 0x5b
const BACKSLASH: u8 = 0x5c
export const CLOSE_BRACKET: u8 = 0x5d
export const OPEN_BRACE: u8 = 0x7b
export const CLOSE_BRACE: u8 = 0x7d
const SPACE: u8 = 0x20

/** Texts of four bytes as they are loaded, the first byte lowest. */
const TRUE: u32 = 0x65757274
const ALSE: u32 = 0x65736c61
const NULL: u32 = 0x6c6c756e

/** For strings in no place that comes again. */
export const ANYWHERE = memory.data(4, 4)

/** Receipts nest four deep; what is deeper is left to the real parser, whose stack is not ours. */
const MAX_DEPTH: i32 = 16

/*
 * What is inlined here is so because the compiler would not do it by itself, and with each call the constants of a
 * vector comparison are made anew.
 */

/** First address at or after `at` with a byte that is no white space. */
@inline
export function skipSpace(at: usize): usize {
	return load<u8>(at) > SPACE ? at : skipSpaces(at)
}

function skipSpaces(at: usize): usize {
	let p = at
	while (isSpace(load<u8>(p))) p++
	return p
}

function isSpace(byte: u8): bool {
	return byte === SPACE || byte === 0x0a || byte === 0x0d || byte === 0x09
}

/**
 * Address of the quote that ends the string whose content begins at `at`; FAIL if it holds an escape.
 *
 * `guess` is the address of 32 bits with the length of the string that stood in this place last time, in the last
 * receipt or log. Mostly it is the same, and then the end comes from there instead of from the comparison: it is known
 * without waiting for that, and the processor goes on with the next member meanwhile.
 */
@inline
export function stringEnd(at: usize, guess: usize): usize {
	let end = at
	let stops = i8x16.bitmask(stopsOf(v128.load(end)))
	while (stops === 0) {
		end += 16
		stops = i8x16.bitmask(stopsOf(v128.load(end)))
	}
	end += ctz(stops)
	const guessed = at + load<u32>(guess)
	if (end !== guessed) {
		store<u32>(guess, (end - at) as u32)
		return load<u8>(end) === QUOTE ? end : FAIL
	}
	return load<u8>(guessed) === QUOTE ? guessed : FAIL
}

/** 0xff for each byte that ends a run of plain string content: the quote, the backslash, control characters. */
@inline
function stopsOf(text: v128): v128 {
	const control = i8x16.eq(i8x16.min_u(text, i8x16.splat(0x1f)), text)
	const mark = v128.or(i8x16.eq(text, i8x16.splat(QUOTE)), i8x16.eq(text, i8x16.splat(BACKSLASH)))
	return v128.or(control, mark)
}

/** Where the value of the key begins whose closing quote is at `end`. */
@inline
export function valueAt(end: usize): usize {
	const colon = skipSpace(end + 1)
	return load<u8>(colon) === COLON ? skipSpace(colon + 1) : FAIL
}

/** Walks over any value. For `guess` see `stringEnd`. */
@inline
export function skipValue(at: usize, guess: usize): usize {
	if (load<u8>(at) !== QUOTE) return skipOther(at, 0)
	const end = stringEnd(at + 1, guess)
	return end === FAIL ? FAIL : end + 1
}

/** Walks over a value that is no string of a known place. */
function skipOther(at: usize, depth: i32): usize {
	const byte = load<u8>(at)
	if (byte === QUOTE) {
		const end = stringEnd(at + 1, ANYWHERE)
		return end === FAIL ? FAIL : end + 1
	}
	if (byte === OPEN_BRACE) return depth === MAX_DEPTH ? FAIL : skipObject(at, depth + 1)
	if (byte === OPEN_BRACKET) return depth === MAX_DEPTH ? FAIL : skipArray(at, depth + 1)
	if (byte === MINUS || isDigit(byte)) return skipInteger(at)
	const word = load<u32>(at)
	if (word === TRUE || word === NULL) return at + 4
	return load<u32>(at + 1) === ALSE && byte === 0x66 ? at + 5 : FAIL
}

function skipObject(at: usize, depth: i32): usize {
	let p = skipSpace(at + 1)
	if (load<u8>(p) === CLOSE_BRACE) return p + 1
	while (load<u8>(p) === QUOTE) {
		const end = stringEnd(p + 1, ANYWHERE)
		if (end === FAIL) return FAIL
		const value = valueAt(end)
		if (value === FAIL) return FAIL
		p = skipOther(value, depth)
		if (p === FAIL) return FAIL
		p = skipSpace(p)
		const byte = load<u8>(p)
		if (byte === CLOSE_BRACE) return p + 1
		if (byte !== COMMA) return FAIL
		p = skipSpace(p + 1)
	}
	return FAIL
}

function skipArray(at: usize, depth: i32): usize {
	let p = skipSpace(at + 1)
	if (load<u8>(p) === CLOSE_BRACKET) return p + 1
	let more = true
	while (more) {
		p = skipOther(p, depth)
		if (p === FAIL) return FAIL
		p = skipSpace(p)
		more = load<u8>(p) === COMMA
		if (more) p = skipSpace(p + 1)
	}
	return load<u8>(p) === CLOSE_BRACKET ? p + 1 : FAIL
}

/** A fraction or exponent that follows is not consumed, so whoever looks for a comma next fails on it. */
function skipInteger(at: usize): usize {
	let p = load<u8>(at) === MINUS ? at + 1 : at
	if (load<u8>(p) === ZERO) return p + 1
	const first = p
	while (isDigit(load<u8>(p))) p++
	return p === first ? FAIL : p
}

function isDigit(byte: u8): bool {
	return ((byte - ZERO) as u8) <= 9
}
