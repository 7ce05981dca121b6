import { MalformedValueError } from './errors.js'

const HEX_BYTES = /^0[xX](?:[0-9a-fA-F]{2})*$/

/**
 * Reads `0x` and any number of whole bytes; `length` fixes how many there must be.
 * @throws MalformedValueError naming `field`.
 */
export function parseHexBytes(value: unknown, field: string, length?: number): Buffer {
	if (typeof value !== 'string' || !HEX_BYTES.test(value)) {
		throw new MalformedValueError(field, 'bytes as 0x hex', value)
	}
	if (length !== undefined && value.length !== 2 + 2 * length) {
		throw new MalformedValueError(field, `${length} bytes as 0x hex`, value)
	}
	return Buffer.from(value.slice(2), 'hex')
}

/** Writes bytes as lower-case `0x` hex. */
export function encodeHexBytes(bytes: Uint8Array): `0x${string}` {
	return `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')}`
}
