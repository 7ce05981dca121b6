import { MalformedValueError } from './errors.js'

/** Searched for rather than matched around: a pattern over megabytes of data would exhaust the engine's stack. */
const NO_HEX_DIGIT = /[^0-9a-fA-F]/
const PREFIX = /^0[xX]/

/**
 * Reads `0x` and any number of whole bytes; `length` fixes how many there must be.
 * @throws MalformedValueError naming `field`.
 */
export function parseHexBytes(value: unknown, field: string, length?: number): Buffer {
	if (typeof value !== 'string' || !PREFIX.test(value) || value.length % 2 !== 0) {
		throw new MalformedValueError(field, 'bytes as 0x hex', value)
	}
	const digits = value.slice(2)
	if (NO_HEX_DIGIT.test(digits)) throw new MalformedValueError(field, 'bytes as 0x hex', value)
	if (length !== undefined && value.length !== 2 + 2 * length) {
		throw new MalformedValueError(field, `${length} bytes as 0x hex`, value)
	}
	return Buffer.from(digits, 'hex')
}

/** Writes bytes as lower-case `0x` hex. */
export function encodeHexBytes(bytes: Uint8Array): `0x${string}` {
	return `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')}`
}
