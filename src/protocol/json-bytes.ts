/*
 * Walking over JSON text in its bytes without building values. Positions are offsets; each function takes the one
 * where something begins and returns the one behind it, or FAIL for what is not JSON or not plain enough: strings
 * with escapes, numbers with fraction or exponent, deep nesting. A caller that gets FAIL uses a real parser.
 *
 * Whatever is accepted here, JSON.parse accepts as well; skipped values are checked too. Reading behind the end
 * gives 0 (`?? 0`), which is no JSON outside of strings and ends strings, so no function compares with the length.
 */

export const FAIL = -1

export const QUOTE = 0x22
const COMMA = 0x2c
const MINUS = 0x2d
const ZERO = 0x30
const NINE = 0x39
const COLON = 0x3a
export const OPEN_BRACKET = 0x5b
const BACKSLASH = 0x5c
const CLOSE_BRACKET = 0x5d
export const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const SPACE = 0x20

/** Receipts nest four deep; what is deeper is left to the real parser, whose stack is not ours. */
const MAX_DEPTH = 16

/** 1 for the bytes that end a run of plain string content: the quote, the backslash, control characters. */
const STRING_STOPS = new Uint8Array(256)
STRING_STOPS.fill(1, 0, SPACE)
STRING_STOPS[QUOTE] = 1
STRING_STOPS[BACKSLASH] = 1

const WORDS = ['true', 'false', 'null'].map((word) => Buffer.from(word))

/** First position at or after `at` that is no white space. */
export function skipSpace(json: Uint8Array, at: number): number {
	let p = at
	let byte = json[p] ?? 0
	while (byte <= SPACE && (byte === SPACE || byte === 0x0a || byte === 0x0d || byte === 0x09)) {
		p++
		byte = json[p] ?? 0
	}
	return p
}

/** Position of the quote that ends the string whose content begins at `at`; FAIL if it holds an escape. */
export function stringEnd(json: Uint8Array, at: number): number {
	let p = at
	while (STRING_STOPS[json[p] ?? 0] === 0) p++
	return json[p] === QUOTE ? p : FAIL
}

/** Does `text` stand at `at`? */
export function standsAt(json: Uint8Array, at: number, text: Uint8Array): boolean {
	for (let i = 0; i < text.length; i++) {
		if (json[at + i] !== text[i]) return false
	}
	return true
}

/**
 * Walks over the object that begins at `at`. `member` gets the key's content (from, to) and where the value begins;
 * it returns the position behind the value or FAIL.
 */
export function walkObject(
	json: Uint8Array,
	at: number,
	member: (keyStart: number, keyEnd: number, value: number) => number,
): number {
	if (json[at] !== OPEN_BRACE) return FAIL
	let p = skipSpace(json, at + 1)
	if (json[p] === CLOSE_BRACE) return p + 1
	for (;;) {
		if (json[p] !== QUOTE) return FAIL
		const keyStart = p + 1
		const keyEnd = stringEnd(json, keyStart)
		if (keyEnd === FAIL) return FAIL
		p = skipSpace(json, keyEnd + 1)
		if (json[p] !== COLON) return FAIL
		p = member(keyStart, keyEnd, skipSpace(json, p + 1))
		if (p === FAIL) return FAIL
		p = skipSpace(json, p)
		if (json[p] === CLOSE_BRACE) return p + 1
		if (json[p] !== COMMA) return FAIL
		p = skipSpace(json, p + 1)
	}
}

/** Walks over the array that begins at `at`. `element` gets where an element begins, and returns as `member` does. */
export function walkArray(json: Uint8Array, at: number, element: (value: number) => number): number {
	if (json[at] !== OPEN_BRACKET) return FAIL
	let p = skipSpace(json, at + 1)
	if (json[p] === CLOSE_BRACKET) return p + 1
	for (;;) {
		p = element(p)
		if (p === FAIL) return FAIL
		p = skipSpace(json, p)
		if (json[p] === CLOSE_BRACKET) return p + 1
		if (json[p] !== COMMA) return FAIL
		p = skipSpace(json, p + 1)
	}
}

/** Walks over any value. */
export function skipValue(json: Uint8Array, at: number, depth = 0): number {
	const byte = json[at] ?? 0
	if (byte === QUOTE) {
		const end = stringEnd(json, at + 1)
		return end === FAIL ? FAIL : end + 1
	}
	if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
		if (depth === MAX_DEPTH) return FAIL
		if (byte === OPEN_BRACKET) return walkArray(json, at, (value) => skipValue(json, value, depth + 1))
		return walkObject(json, at, (_start, _end, value) => skipValue(json, value, depth + 1))
	}
	if (byte === MINUS || isDigit(byte)) return skipInteger(json, at)
	for (const word of WORDS) {
		if (standsAt(json, at, word)) return at + word.length
	}
	return FAIL
}

/** A fraction or exponent that follows is not consumed, so whoever looks for a comma next fails on it. */
function skipInteger(json: Uint8Array, at: number): number {
	let p = json[at] === MINUS ? at + 1 : at
	if (json[p] === ZERO) return p + 1
	const first = p
	while (isDigit(json[p] ?? 0)) p++
	return p === first ? FAIL : p
}

function isDigit(byte: number): boolean {
	return byte >= ZERO && byte <= NINE
}
