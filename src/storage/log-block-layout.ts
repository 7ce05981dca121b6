import { crc32 } from 'node:zlib'
import type { BlockId } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import { DataCorruptionError } from '../protocol/errors.js'
import type { ExecutingLog } from '../protocol/executing-message.js'
import type { Hash } from '../protocol/hash.js'
import { bytesToHash } from '../protocol/hash.js'
import { blockKey, readUint64 } from './keys.js'

/*
 * The packed log block (docs/storage.md has the table): header, log hashes back to back, one checksum for each
 * chunk of log hashes, executing messages, one checksum of those. A message check must find out whether what it
 * reads is whole without touching the rest of the record, hence one checksum a chunk instead of one in all.
 */

/** "VGLB", so that a foreign value is told from a damaged one. */
export const MAGIC = 0x56474c42
/** An executing message names a chain with 8 bytes, which is what chains have, */
const NARROW: ExecutingLayout = { version: 2, chainIdSize: 8, size: 64 }
/** or with the 32 that anybody may write into a message. */
const WIDE: ExecutingLayout = { version: 1, chainIdSize: 32, size: 88 }
const LAYOUTS: ReadonlyMap<number | undefined, ExecutingLayout> = new Map(
	[NARROW, WIDE].map((layout) => [layout.version, layout]),
)
export const HEADER_SIZE = 60
export const HEADER_CRC_OFFSET = 56
export const LOG_HASH_SIZE = 32
/** 32 hashes make 1 KB a chunk: 0.3 us to verify, 4 bytes in 1,024 to store. */
export const CHUNK_LOGS = 32
export const CRC_SIZE = 4

/** How the executing messages of a record are laid out, told by its version. */
export interface ExecutingLayout {
	readonly version: number
	readonly chainIdSize: number
	/** Of a message. */
	readonly size: number
}

/** The smallest layout that holds these messages. */
export function layoutFor(executing: readonly ExecutingLog[]): ExecutingLayout {
	return executing.every(({ message }) => message.chainId < 2n ** 64n) ? NARROW : WIDE
}

/** Where the sections of a record with these counts begin, and how long it is. */
export function sections(logCount: number, executingCount: number, layout: ExecutingLayout) {
	const chunkCount = Math.ceil(logCount / CHUNK_LOGS)
	const chunkCrcs = HEADER_SIZE + logCount * LOG_HASH_SIZE
	const executing = chunkCrcs + chunkCount * CRC_SIZE
	const executingCrc = executing + executingCount * layout.size
	return { chunkCount, chunkCrcs, executing, executingCrc, size: executingCrc + CRC_SIZE }
}

/** Covers the header and the key under which the record is stored, so a record under a wrong key is noticed. */
export function headerCrc(record: Buffer, block: BlockId): number {
	return crc32(record.subarray(0, HEADER_CRC_OFFSET), crc32(blockKey(block)))
}

const indexBytes = Buffer.alloc(4)

/**
 * Start value of the checksum of chunk `index`: different for every chunk and for every block, so that chunks that
 * changed places, or came from another record, are noticed. The executing section counts as the chunk after the last.
 */
export function chunkSeed(headerChecksum: number, index: number): number {
	indexBytes.writeUInt32BE(index)
	return crc32(indexBytes, headerChecksum)
}

export interface LogBlockHeader {
	readonly logCount: number
	readonly executingCount: number
	readonly timestamp: number
	readonly parentHash: Hash
	/** The verified checksum of header and key. */
	readonly checksum: number
	readonly at: ReturnType<typeof sections>
	readonly layout: ExecutingLayout
}

/**
 * Reads and verifies the header of a record, and that the record has the length that the header promises.
 * @throws DataCorruptionError naming chain, block and what is wrong.
 */
export function readHeader(record: Buffer, chainId: ChainId, block: BlockId): LogBlockHeader {
	if (record.length < HEADER_SIZE)
		throw corrupt(chainId, block, `it has ${record.length} bytes, less than a header`)
	if (record.readUInt32BE(0) !== MAGIC)
		throw corrupt(chainId, block, 'it does not begin with the magic number')
	const layout = LAYOUTS.get(record[4])
	if (layout === undefined)
		throw corrupt(chainId, block, `it has layout version ${record[4]}, expected ${[...LAYOUTS.keys()]}`)
	const checksum = headerCrc(record, block)
	if (record.readUInt32BE(HEADER_CRC_OFFSET) !== checksum)
		throw corrupt(chainId, block, 'the checksum of header and key does not match')
	const logCount = record.readUInt32BE(8)
	const executingCount = record.readUInt32BE(12)
	const timestamp = readUint64(record, 16)
	if (Number.isNaN(timestamp)) throw corrupt(chainId, block, 'the timestamp is above 2^53 - 1')
	const at = sections(logCount, executingCount, layout)
	if (record.length !== at.size)
		throw corrupt(chainId, block, `it has ${record.length} bytes, its header promises ${at.size}`)
	return { logCount, executingCount, timestamp, parentHash: bytesToHash(record, 24), checksum, at, layout }
}

/** Verifies one chunk of log hashes. @throws DataCorruptionError */
export function verifyChunk(
	record: Buffer,
	header: LogBlockHeader,
	chunk: number,
	chainId: ChainId,
	block: BlockId,
): void {
	const from = HEADER_SIZE + chunk * CHUNK_LOGS * LOG_HASH_SIZE
	const to = Math.min(from + CHUNK_LOGS * LOG_HASH_SIZE, header.at.chunkCrcs)
	const stored = record.readUInt32BE(header.at.chunkCrcs + chunk * CRC_SIZE)
	if (crc32(record.subarray(from, to), chunkSeed(header.checksum, chunk)) !== stored)
		throw corrupt(
			chainId,
			block,
			`the checksum of log hashes from index ${chunk * CHUNK_LOGS} does not match`,
		)
}

export function corrupt(chainId: ChainId, block: BlockId, what: string): DataCorruptionError {
	return new DataCorruptionError(`log block ${block.number} ${block.hash} of chain ${chainId}: ${what}`)
}
