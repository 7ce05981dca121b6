import { MalformedValueError } from './errors.js'

/** The highest value of the protocol's numbers, at which sums saturate. */
export const UINT64_MAX = (1n << 64n) - 1n

/** A quantity has no leading zeros. */
const QUANTITY = /^0[xX](?:0|[1-9a-fA-F][0-9a-fA-F]{0,15})$/

/**
 * Reads a `0x` hex quantity of at most 64 bits.
 * @throws MalformedValueError naming `field`, also for a JSON number and for leading zeros.
 */
export function parseHexUint64(value: unknown, field: string): bigint {
	if (typeof value !== 'string' || !QUANTITY.test(value)) {
		throw new MalformedValueError(field, 'a 0x hex quantity of at most 64 bits', value)
	}
	return BigInt(`0x${value.slice(2)}`)
}

/**
 * The same as a number, which blocks and times are.
 * @throws MalformedValueError naming `field`, also from 2^53 on
 */
export function parseHexNumber(value: unknown, field: string): number {
	const number = Number(parseHexUint64(value, field))
	if (!Number.isSafeInteger(number)) throw new MalformedValueError(field, 'a number below 2^53', value)
	return number
}

/** Writes a quantity: `0x0`, `0x3e8`. */
export function encodeHexUint64(value: bigint | number): `0x${string}` {
	return `0x${value.toString(16)}`
}
