import { MalformedValueError } from './errors.js'

const QUOTE = 0x22
const BACKSLASH = 0x5c

/**
 * Outside of strings a number is the only token with digits. Sixteen digits are the first that can exceed 2^53 - 1.
 */
const SUSPECT_NUMBER = /-0|[0-9][.eE]|[0-9]{16,}/

const NUMBER = /-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/g

/**
 * `JSON.parse` that refuses what it would round or reinterpret: number tokens with a fraction or an exponent, beyond
 * 2^53 - 1, or `-0`. All numbers of the protocols are integers, and a rounded block number must never be taken for
 * the real one (protocol notes, "JSON encodings").
 * @throws MalformedValueError for text that is no JSON and for such numbers.
 */
export function parseJson(text: string, field = 'JSON'): unknown {
	let value: unknown
	try {
		value = JSON.parse(text)
	} catch {
		// The engine's own message quotes parts of the input at any length; ours is bounded.
		throw new MalformedValueError(field, 'JSON', text)
	}
	// The text is valid from here on, so quotes alternate between opening and closing.
	let position = 0
	while (position < text.length) {
		const opening = text.indexOf('"', position)
		const end = opening === -1 ? text.length : opening
		refuseInexactNumbers(text.slice(position, end), field)
		if (opening === -1) break
		position = closingQuote(text, opening) + 1
	}
	return value
}

function refuseInexactNumbers(between: string, field: string): void {
	if (!SUSPECT_NUMBER.test(between)) return
	for (const [token] of between.matchAll(NUMBER)) {
		if (/[.eE]/.test(token) || token === '-0' || !Number.isSafeInteger(Number(token))) {
			throw new MalformedValueError(field, 'integers of at most 2^53 - 1', token)
		}
	}
}

function closingQuote(text: string, opening: number): number {
	let end = text.indexOf('"', opening + 1)
	while (isEscaped(text, opening, end)) end = text.indexOf('"', end + 1)
	return end
}

/** A quote is part of the string if an odd number of backslashes stands before it. */
function isEscaped(text: string, opening: number, quote: number): boolean {
	if (text.charCodeAt(quote) !== QUOTE) return false
	let first = quote
	while (first - 1 > opening && text.charCodeAt(first - 1) === BACKSLASH) first--
	return (quote - first) % 2 === 1
}
