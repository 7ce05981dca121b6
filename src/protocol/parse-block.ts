import type {
	BlockId,
	BlockRef,
	BlockReplacement,
	BlockSeal,
	DerivedBlockRefPair,
	DerivedBlockSealPair,
	DerivedIdPair,
	L2BlockRef,
	OutputV0,
} from './block.js'
import { type Hash, parseHash } from './hash.js'
import { parseUint } from './parse-uint.js'
import { type JsonRecord, parseRecord, readField } from './record.js'

/*
 * Parsers of the block types as they stand in JSON (protocol notes, "JSON encodings"). `field` is the name of the
 * value for the error message. Members that are not known are ignored, missing ones are refused. All of them throw
 * MalformedValueError naming the member that is wrong.
 */

/** `{hash, number}` */
export function parseBlockId(value: unknown, field: string): BlockId {
	return readBlockId(parseRecord(value, field), field)
}

/** `{hash, number, timestamp}` */
export function parseBlockSeal(value: unknown, field: string): BlockSeal {
	const record = parseRecord(value, field)
	return {
		hash: readHash(record, field),
		number: readNumber(record, field),
		timestamp: readTimestamp(record, field),
	}
}

/** `{hash, number, parentHash, timestamp}` */
export function parseBlockRef(value: unknown, field: string): BlockRef {
	return readBlockRef(parseRecord(value, field), field)
}

/** A block ref with `l1origin: {hash, number}` and `sequenceNumber`. */
export function parseL2BlockRef(value: unknown, field: string): L2BlockRef {
	const record = parseRecord(value, field)
	const { hash, number, parentHash, timestamp } = readBlockRef(record, field)
	return {
		hash,
		number,
		parentHash,
		timestamp,
		l1origin: parseBlockId(readField(record, 'l1origin'), `${field}.l1origin`),
		sequenceNumber: parseUint(readField(record, 'sequenceNumber'), `${field}.sequenceNumber`),
	}
}

/** `{source: BlockRef of L1, derived: BlockRef of L2}` */
export function parseDerivedPair(value: unknown, field: string): DerivedBlockRefPair {
	return parsePair(value, field, parseBlockRef)
}

/** `{source: BlockSeal of L1, derived: BlockSeal of L2}` */
export function parseDerivedSealPair(value: unknown, field: string): DerivedBlockSealPair {
	return parsePair(value, field, parseBlockSeal)
}

/** `{source: BlockId of L1, derived: BlockId of L2}` */
export function parseDerivedIdPair(value: unknown, field: string): DerivedIdPair {
	return parsePair(value, field, parseBlockId)
}

/** `{replacement: BlockRef, invalidated: hash}` */
export function parseBlockReplacement(value: unknown, field: string): BlockReplacement {
	const record = parseRecord(value, field)
	return {
		replacement: parseBlockRef(readField(record, 'replacement'), `${field}.replacement`),
		invalidated: parseHash(readField(record, 'invalidated'), `${field}.invalidated`),
	}
}

/** `{stateRoot, messagePasserStorageRoot, blockHash}` */
export function parseOutputV0(value: unknown, field: string): OutputV0 {
	const record = parseRecord(value, field)
	return {
		stateRoot: parseHash(readField(record, 'stateRoot'), `${field}.stateRoot`),
		messagePasserStorageRoot: parseHash(
			readField(record, 'messagePasserStorageRoot'),
			`${field}.messagePasserStorageRoot`,
		),
		blockHash: parseHash(readField(record, 'blockHash'), `${field}.blockHash`),
	}
}

function parsePair<T>(
	value: unknown,
	field: string,
	parse: (value: unknown, field: string) => T,
): { readonly source: T; readonly derived: T } {
	const record = parseRecord(value, field)
	return {
		source: parse(readField(record, 'source'), `${field}.source`),
		derived: parse(readField(record, 'derived'), `${field}.derived`),
	}
}

function readBlockId(record: JsonRecord, field: string): BlockId {
	return { hash: readHash(record, field), number: readNumber(record, field) }
}

function readHash(record: JsonRecord, field: string): Hash {
	return parseHash(readField(record, 'hash'), `${field}.hash`)
}

function readNumber(record: JsonRecord, field: string): number {
	return parseUint(readField(record, 'number'), `${field}.number`)
}

function readTimestamp(record: JsonRecord, field: string): number {
	return parseUint(readField(record, 'timestamp'), `${field}.timestamp`)
}

function readBlockRef(record: JsonRecord, field: string): BlockRef {
	// Some thousand events a second have such blocks: an object that is made whole costs a tenth of one that is copied.
	return {
		hash: readHash(record, field),
		number: readNumber(record, field),
		parentHash: parseHash(readField(record, 'parentHash'), `${field}.parentHash`),
		timestamp: readTimestamp(record, field),
	}
}
