import { MalformedValueError } from './errors.js'
import { parseHexBytes } from './hex-bytes.js'
import type { JsonRecord } from './record.js'

const QUANTITY = /^0x[0-9a-fA-F]{1,64}$/

/** What RLP is made of. */
export type RlpInput = Uint8Array | readonly RlpInput[]

/** A JSON-RPC quantity as RLP has it: big-endian, without leading zeros. @throws MalformedValueError */
export function quantity(value: unknown, field: string): Buffer {
	if (typeof value !== 'string' || !QUANTITY.test(value))
		throw new MalformedValueError(field, 'a 0x-prefixed quantity', value)
	const digits = value.slice(2).replace(/^0+/, '')
	return Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex')
}

/** Bytes as they are. @throws MalformedValueError */
export function bytes(value: unknown, field: string): Buffer {
	return parseHexBytes(value, field)
}

/** The recipient of a transaction: none where it makes a contract. @throws MalformedValueError */
export function recipient(value: unknown, field: string): Buffer {
	return value === null || value === undefined ? Buffer.alloc(0) : parseHexBytes(value, field, 20)
}

/** @throws MalformedValueError */
export function array(value: unknown, field: string): readonly unknown[] {
	if (!Array.isArray(value)) throw new MalformedValueError(field, 'an array', value)
	return value
}

/** A member that must be there, read by `read`. @throws MalformedValueError naming it */
export function read<T>(record: JsonRecord, name: string, read: (value: unknown, field: string) => T): T {
	return read(record[name], name)
}
