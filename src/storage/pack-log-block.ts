import { crc32 } from 'node:zlib'
import type { BlockRef } from '../protocol/block.js'
import type { BlockLogs } from '../protocol/executing-message.js'
import type { Hash } from '../protocol/hash.js'
import { writeHash } from '../protocol/hash.js'
import { writeUint64 } from './keys.js'
import {
	CHUNK_LOGS,
	CRC_SIZE,
	chunkSeed,
	type ExecutingLayout,
	HEADER_CRC_OFFSET,
	HEADER_SIZE,
	headerCrc,
	LOG_HASH_SIZE,
	layoutFor,
	MAGIC,
	sections,
} from './log-block-layout.js'

/** A log block as it is stored: its key and its record. */
export interface PackedLogBlock {
	readonly number: number
	readonly hash: Hash
	readonly record: Buffer
}

/**
 * Packs the logs of a block into the record that `LogWriter` stores (docs/storage.md).
 * @throws RangeError if the logs contradict themselves: a hash count that differs from the log count, executing
 * messages that do not ascend or lie beyond the last log, numbers that do not fit their fields.
 */
export function packLogBlock(block: { readonly ref: BlockRef; readonly logs: BlockLogs }): PackedLogBlock {
	const { ref, logs } = block
	if (logs.logHashes.length !== logs.logCount * LOG_HASH_SIZE)
		throw new RangeError(
			`block ${ref.number}: ${logs.logHashes.length} bytes of log hashes for ${logs.logCount} logs`,
		)
	const layout = layoutFor(logs.executing)
	const at = sections(logs.logCount, logs.executing.length, layout)
	const record = Buffer.allocUnsafe(at.size)
	record.writeUInt32BE(MAGIC, 0)
	record.writeUInt32BE(layout.version << 24, 4)
	record.writeUInt32BE(logs.logCount, 8)
	record.writeUInt32BE(logs.executing.length, 12)
	writeUint64(record, ref.timestamp, 16)
	writeHash(record, ref.parentHash, 24)
	const checksum = headerCrc(record, ref)
	record.writeUInt32BE(checksum, HEADER_CRC_OFFSET)
	record.set(logs.logHashes, HEADER_SIZE)
	for (let chunk = 0; chunk < at.chunkCount; chunk++) {
		const from = HEADER_SIZE + chunk * CHUNK_LOGS * LOG_HASH_SIZE
		const to = Math.min(from + CHUNK_LOGS * LOG_HASH_SIZE, at.chunkCrcs)
		const crc = crc32(record.subarray(from, to), chunkSeed(checksum, chunk))
		record.writeUInt32BE(crc, at.chunkCrcs + chunk * CRC_SIZE)
	}
	packExecuting(record, { from: at.executing, layout }, ref, logs)
	const crc = crc32(record.subarray(at.executing, at.executingCrc), chunkSeed(checksum, at.chunkCount))
	record.writeUInt32BE(crc, at.executingCrc)
	return { number: ref.number, hash: ref.hash, record }
}

function packExecuting(
	record: Buffer,
	place: { readonly from: number; readonly layout: ExecutingLayout },
	ref: BlockRef,
	logs: BlockLogs,
): void {
	const { chainIdSize } = place.layout
	let offset = place.from
	let previous = -1
	for (const { logIndex, message } of logs.executing) {
		if (logIndex <= previous || logIndex >= logs.logCount)
			throw new RangeError(
				`block ${ref.number}: executing message at log ${logIndex} after ${previous} of ${logs.logCount} logs`,
			)
		previous = logIndex
		offset = record.writeUInt32BE(logIndex, offset)
		offset += record.write(
			message.chainId.toString(16).padStart(2 * chainIdSize, '0'),
			offset,
			chainIdSize,
			'hex',
		)
		offset = record.writeBigUInt64BE(message.blockNumber, offset)
		offset = record.writeBigUInt64BE(message.timestamp, offset)
		offset = record.writeUInt32BE(message.logIndex, offset)
		writeHash(record, message.checksum, offset)
		offset += 32
	}
}
