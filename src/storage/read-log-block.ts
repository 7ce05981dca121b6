import { crc32 } from 'node:zlib'
import type { BlockId, BlockRef } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import type { BlockLogs, ExecutingLog } from '../protocol/executing-message.js'
import { bytesToHash } from '../protocol/hash.js'
import {
	CHUNK_LOGS,
	chunkSeed,
	corrupt,
	HEADER_SIZE,
	LOG_HASH_SIZE,
	type LogBlockHeader,
	readHeader,
	verifyChunk,
} from './log-block-layout.js'

/** The logs of a block with the block that they belong to. */
export interface LogBlock {
	readonly ref: BlockRef
	readonly logs: BlockLogs
}

/**
 * The log hash at `logIndex` of a packed record, or undefined if the block has fewer logs. Verifies the header and
 * the one chunk that holds the hash; nothing else of the record is read.
 * @throws DataCorruptionError
 */
export function readLogHash(
	record: Buffer,
	chainId: ChainId,
	block: BlockId,
	logIndex: number,
): Uint8Array | undefined {
	const header = readHeader(record, chainId, block)
	if (!Number.isInteger(logIndex) || logIndex < 0 || logIndex >= header.logCount) return undefined
	verifyChunk(record, header, Math.floor(logIndex / CHUNK_LOGS), chainId, block)
	const from = HEADER_SIZE + logIndex * LOG_HASH_SIZE
	return new Uint8Array(record.subarray(from, from + LOG_HASH_SIZE))
}

/** Decodes a whole record, verifying every part. @throws DataCorruptionError */
export function unpackLogBlock(record: Buffer, chainId: ChainId, block: BlockId): LogBlock {
	const header = readHeader(record, chainId, block)
	for (let chunk = 0; chunk < header.at.chunkCount; chunk++)
		verifyChunk(record, header, chunk, chainId, block)
	const executing = unpackExecuting(record, header, chainId, block)
	const ref = {
		hash: block.hash,
		number: block.number,
		parentHash: header.parentHash,
		timestamp: header.timestamp,
	}
	const logHashes = new Uint8Array(record.subarray(HEADER_SIZE, header.at.chunkCrcs))
	return { ref, logs: { logCount: header.logCount, logHashes, executing } }
}

/** Only the executing messages of a record: what verification walks, without the log hashes. @throws DataCorruptionError */
export function readExecuting(record: Buffer, chainId: ChainId, block: BlockId): readonly ExecutingLog[] {
	return unpackExecuting(record, readHeader(record, chainId, block), chainId, block)
}

function unpackExecuting(
	record: Buffer,
	header: LogBlockHeader,
	chainId: ChainId,
	block: BlockId,
): readonly ExecutingLog[] {
	const { executing: from, executingCrc: to, chunkCount } = header.at
	const { chainIdSize, size } = header.layout
	if (crc32(record.subarray(from, to), chunkSeed(header.checksum, chunkCount)) !== record.readUInt32BE(to))
		throw corrupt(chainId, block, 'the checksum of the executing messages does not match')
	const executing: ExecutingLog[] = []
	let previous = -1
	for (let offset = from; offset < to; offset += size) {
		const logIndex = record.readUInt32BE(offset)
		if (logIndex <= previous || logIndex >= header.logCount)
			throw corrupt(chainId, block, `the executing message at log ${logIndex} is out of place`)
		previous = logIndex
		const chainIdEnd = offset + 4 + chainIdSize
		executing.push({
			logIndex,
			message: {
				chainId: BigInt(`0x${record.toString('hex', offset + 4, chainIdEnd)}`) as ChainId,
				blockNumber: record.readBigUInt64BE(chainIdEnd),
				timestamp: record.readBigUInt64BE(chainIdEnd + 8),
				logIndex: record.readUInt32BE(chainIdEnd + 16),
				checksum: bytesToHash(record, chainIdEnd + 20),
			},
		})
	}
	return executing
}
