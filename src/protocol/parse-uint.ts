import { MalformedValueError } from './errors.js'

/**
 * Reads a plain JSON number that counts something: a block number, a time in seconds, an index.
 *
 * Values above 2^53 - 1 are refused rather than rounded (protocol notes, "JSON encodings"). A text that wrote
 * the number in another way (`1.0`, `1e3`) cannot be told apart here; `parseJson` refuses it.
 * @throws MalformedValueError naming `field`.
 */
export function parseUint(value: unknown, field: string): number {
	if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || Object.is(value, -0)) {
		throw new MalformedValueError(field, 'an integer from 0 to 2^53 - 1', value)
	}
	return value
}
