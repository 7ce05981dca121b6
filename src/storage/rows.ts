import { DataCorruptionError } from '../protocol/errors.js'
import type { Hash } from '../protocol/hash.js'
import { bytesToHash, writeHash } from '../protocol/hash.js'
import { readUint64, writeUint64 } from './keys.js'

/** One block of the local-unsafe chain. */
export interface CanonicalRow {
	readonly hash: Hash
	readonly parentHash: Hash
	readonly timestamp: number
	readonly logCount: number
}

export interface L1Row {
	readonly hash: Hash
	readonly parentHash: Hash
	readonly timestamp: number
}

/** What a chain had derived when it was at an L1 block. */
export interface SourceRow {
	readonly hash: Hash
	readonly derivedNumber: number
	readonly derivedHash: Hash
	/** The chain's node has used up this L1 block. */
	readonly complete: boolean
}

/** One block of the local-safe chain. */
export interface LocalSafeRow {
	readonly hash: Hash
	/** Null: the hash of the row below. */
	readonly parentHash: Hash | null
	readonly timestamp: number
	/** Number of the first L1 block from which it was derived. */
	readonly source: number
	/** Only of a replacement: the scope at which the original was invalidated. */
	readonly scope: number | null
}

/** A block of the local-safe chain, whose row has its hash. */
export interface CrossSafeRow {
	/** Number of the L1 block within whose scope it became cross-safe. */
	readonly scope: number
}

/** The last cross-safe block at a scope. */
export interface ScopeRow {
	readonly number: number
	readonly hash: Hash
}

/** Turns rows of one table into bytes of a fixed layout (docs/storage.md) and back. */
export interface RowCodec<Row> {
	encode(row: Row): Buffer
	/** @throws DataCorruptionError naming `where` if the bytes are no such row. */
	decode(bytes: Buffer, size: number, where: () => string): Row
}

export const canonicalCodec: RowCodec<CanonicalRow> = {
	encode(row) {
		const bytes = Buffer.allocUnsafe(76)
		writeHash(bytes, row.hash, 0)
		writeHash(bytes, row.parentHash, 32)
		writeUint64(bytes, row.timestamp, 64)
		bytes.writeUInt32BE(row.logCount, 72)
		return bytes
	},
	decode(bytes, size, where) {
		expectSize(size, 76, where)
		return {
			hash: bytesToHash(bytes, 0),
			parentHash: bytesToHash(bytes, 32),
			timestamp: safeNumber(bytes, 64, where),
			logCount: bytes.readUInt32BE(72),
		}
	},
}

export const l1Codec: RowCodec<L1Row> = {
	encode(row) {
		const bytes = Buffer.allocUnsafe(72)
		writeHash(bytes, row.hash, 0)
		writeHash(bytes, row.parentHash, 32)
		writeUint64(bytes, row.timestamp, 64)
		return bytes
	},
	decode(bytes, size, where) {
		expectSize(size, 72, where)
		return {
			hash: bytesToHash(bytes, 0),
			parentHash: bytesToHash(bytes, 32),
			timestamp: safeNumber(bytes, 64, where),
		}
	},
}

export const sourceCodec: RowCodec<SourceRow> = {
	encode(row) {
		const bytes = Buffer.allocUnsafe(73)
		writeHash(bytes, row.hash, 0)
		writeUint64(bytes, row.derivedNumber, 32)
		writeHash(bytes, row.derivedHash, 40)
		bytes[72] = row.complete ? 1 : 0
		return bytes
	},
	decode(bytes, size, where) {
		expectSize(size, 73, where)
		return {
			hash: bytesToHash(bytes, 0),
			derivedNumber: safeNumber(bytes, 32, where),
			derivedHash: bytesToHash(bytes, 40),
			complete: flag(bytes, 72, where),
		}
	},
}

/** Bits of the byte that says what a local-safe row has beyond hash, time and source. */
const REPLACED = 1
const LINKED = 2

export const localSafeCodec: RowCodec<LocalSafeRow> = {
	encode({ hash, parentHash, timestamp, source, scope }) {
		const bytes = Buffer.allocUnsafe(49 + (scope === null ? 0 : 8) + (parentHash === null ? 0 : 32))
		writeHash(bytes, hash, 0)
		writeUint64(bytes, timestamp, 32)
		writeUint64(bytes, source, 40)
		bytes[48] = (scope === null ? 0 : REPLACED) + (parentHash === null ? 0 : LINKED)
		if (scope !== null) writeUint64(bytes, scope, 49)
		if (parentHash !== null) writeHash(bytes, parentHash, bytes.length - 32)
		return bytes
	},
	decode(bytes, size, where) {
		if (size < 49) expectSize(size, 49, where)
		const kind = bytes[48] ?? 0
		if (kind > REPLACED + LINKED)
			throw new DataCorruptionError(`${where()} is of kind ${kind}, expected 0 to 3`)
		const isReplaced = (kind & REPLACED) !== 0
		const isLinked = (kind & LINKED) !== 0
		expectSize(size, 49 + (isReplaced ? 8 : 0) + (isLinked ? 32 : 0), where)
		return {
			hash: bytesToHash(bytes, 0),
			parentHash: isLinked ? bytesToHash(bytes, size - 32) : null,
			timestamp: safeNumber(bytes, 32, where),
			source: safeNumber(bytes, 40, where),
			scope: isReplaced ? safeNumber(bytes, 49, where) : null,
		}
	},
}

export const crossSafeCodec: RowCodec<CrossSafeRow> = {
	encode(row) {
		const bytes = Buffer.allocUnsafe(8)
		writeUint64(bytes, row.scope, 0)
		return bytes
	},
	decode(bytes, size, where) {
		expectSize(size, 8, where)
		return { scope: safeNumber(bytes, 0, where) }
	},
}

export const scopeCodec: RowCodec<ScopeRow> = {
	encode(row) {
		const bytes = Buffer.allocUnsafe(40)
		writeUint64(bytes, row.number, 0)
		writeHash(bytes, row.hash, 8)
		return bytes
	},
	decode(bytes, size, where) {
		expectSize(size, 40, where)
		return { number: safeNumber(bytes, 0, where), hash: bytesToHash(bytes, 8) }
	},
}

function expectSize(found: number, expected: number, where: () => string): void {
	if (found !== expected) throw new DataCorruptionError(`${where()} has ${found} bytes, expected ${expected}`)
}

function safeNumber(bytes: Buffer, offset: number, where: () => string): number {
	const value = readUint64(bytes, offset)
	if (Number.isNaN(value)) throw new DataCorruptionError(`${where()} holds a number above 2^53 - 1`)
	return value
}

function flag(bytes: Buffer, offset: number, where: () => string): boolean {
	const value = bytes[offset]
	if (value !== 0 && value !== 1)
		throw new DataCorruptionError(`${where()} holds the flag ${value}, expected 0 or 1`)
	return value === 1
}
