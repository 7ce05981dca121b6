import type { BlockId, BlockRef, L2BlockRef, OutputV0 } from '../protocol/block.js'
import { MalformedValueError } from '../protocol/errors.js'
import { parseHash } from '../protocol/hash.js'

/** A JSON object whose members are read by name. */
export type Fields = { readonly [name: string]: unknown }

/** @throws MalformedValueError naming `field` unless `value` is an object. */
export function readObject(value: unknown, field: string): Fields {
	if (typeof value !== 'object' || value === null || Array.isArray(value)) {
		throw new MalformedValueError(field, 'an object', value)
	}
	return value as Fields
}

export function readArray(value: unknown, field: string): readonly unknown[] {
	if (!Array.isArray(value)) throw new MalformedValueError(field, 'an array', value)
	return value
}

export function readString(value: unknown, field: string): string {
	if (typeof value !== 'string') throw new MalformedValueError(field, 'a string', value)
	return value
}

export function readBoolean(value: unknown, field: string): boolean {
	if (typeof value !== 'boolean') throw new MalformedValueError(field, 'true or false', value)
	return value
}

/** A number, time or count: a whole number from 0 to 2^53 - 1. */
export function readUint(value: unknown, field: string): number {
	if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
		throw new MalformedValueError(field, 'a whole number from 0 to 2^53-1', value)
	}
	return value
}

export function readBlockId(value: unknown, field: string): BlockId {
	const fields = readObject(value, field)
	return { hash: parseHash(fields.hash, `${field}.hash`), number: readUint(fields.number, `${field}.number`) }
}

export function readBlockRef(value: unknown, field: string): BlockRef {
	const fields = readObject(value, field)
	return {
		...readBlockId(value, field),
		parentHash: parseHash(fields.parentHash, `${field}.parentHash`),
		timestamp: readUint(fields.timestamp, `${field}.timestamp`),
	}
}

export function readL2BlockRef(value: unknown, field: string): L2BlockRef {
	const fields = readObject(value, field)
	return {
		...readBlockRef(value, field),
		l1origin: readBlockId(fields.l1origin, `${field}.l1origin`),
		sequenceNumber: readUint(fields.sequenceNumber, `${field}.sequenceNumber`),
	}
}

export function readOutput(value: unknown, field: string): OutputV0 {
	const fields = readObject(value, field)
	return {
		stateRoot: parseHash(fields.stateRoot, `${field}.stateRoot`),
		messagePasserStorageRoot: parseHash(fields.messagePasserStorageRoot, `${field}.messagePasserStorageRoot`),
		blockHash: parseHash(fields.blockHash, `${field}.blockHash`),
	}
}
