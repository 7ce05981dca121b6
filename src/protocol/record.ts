import { MalformedValueError } from './errors.js'

/** A parsed JSON object. Read it with `readField` only: its keys come from outside. */
export type JsonRecord = Readonly<Record<string, unknown>>

/** Whether a parsed JSON value is an object: null and arrays are none. */
export function isRecord(value: unknown): value is JsonRecord {
	return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Reads a JSON object from untrusted input.
 * @throws MalformedValueError naming `field` if the value is no object (null and arrays are none).
 */
export function parseRecord(value: unknown, field: string): JsonRecord {
	if (!isRecord(value)) throw new MalformedValueError(field, 'an object', value)
	return value
}

/**
 * Reads an own member, `undefined` if it is missing. Without an exact match a key that differs in case only is
 * taken: the peers' decoders do so, and the published protocol spells event names with a capital.
 */
export function readField(record: JsonRecord, name: string): unknown {
	if (Object.hasOwn(record, name)) return record[name]
	const lower = name.toLowerCase()
	for (const key of Object.keys(record)) {
		if (key.toLowerCase() === lower) return record[key]
	}
	return undefined
}
