import { addChecksums } from './checksums'
import { BLOCK_BYTES, hashBatch, PADDING_END, PADDING_START } from './hash-batch'
import {
	EVENT_TOPIC,
	EXECUTING_PAYLOAD_BYTES,
	HASH_BYTES,
	hashesAt,
	hashesEnd,
	INBOX_ADDRESS,
	PAYLOAD_BATCH_BYTES,
	payloadsAt,
	REPORT_BYTES,
	REPORTED_PAYLOAD,
	reportsAt,
	reportsEnd,
	slotsAt,
} from './memory'
import { LOG_SLOTS, PADDING_OFFSET, PAYLOAD_AT_OFFSET, PAYLOAD_BLOCKS_OFFSET, SLOT_BYTES } from './slot'

/* Logs that have been read, with their payloads, until they are hashed together. */

/** Topics of an executing message: that of the event and the payload hash of the initiating message. */
const EXECUTING_TOPICS: i32 = 2

/** All logs of the text so far, and those of them that execute messages. */
export let logCount: u32 = 0
export let executingCount: u32 = 0

/** Of the log that is being read: where its address goes, and from where on its payload may lie. */
export let slotAt: usize = 0
export let payloadFrom: usize = 0

let hashing = true
let batchCount: usize = 0
let hashesNext: usize = 0
let reportsNext: usize = 0

/** Begins a text. Without `hashes` everything is done but the hashing, so that this can be timed alone. */
export function startBatches(hashes: bool): void {
	hashing = hashes
	logCount = 0
	executingCount = 0
	hashesNext = hashesAt
	reportsNext = reportsAt
	emptyBatch()
}

/**
 * Takes the log in whose address is in the slot and whose payload lies in `length` bytes at `at`, with room for two
 * blocks behind it. False for one that no contract can have emitted, or if there is no room for it.
 */
export function addLog(topicCount: i32, at: usize, length: usize): bool {
	if (hashesNext + (batchCount + 1) * HASH_BYTES > hashesEnd) return false
	if (topicCount === EXECUTING_TOPICS && isFromInbox() && isExecuting(at)) {
		if (length !== EXECUTING_PAYLOAD_BYTES || !report(at)) return false
	}
	const blocks = length / BLOCK_BYTES + 1
	pad(at + length, at + blocks * BLOCK_BYTES)
	store<u32>(slotAt, PADDING_START, PADDING_OFFSET)
	store<u32>(slotAt, at as u32, PAYLOAD_AT_OFFSET)
	store<u32>(slotAt, blocks as u32, PAYLOAD_BLOCKS_OFFSET)
	slotAt += SLOT_BYTES
	payloadFrom = at + blocks * BLOCK_BYTES
	batchCount++
	logCount++
	if (batchCount === LOG_SLOTS || payloadFrom - payloadsAt >= PAYLOAD_BATCH_BYTES) finishBatch()
	return true
}

/** Ends a text that was read to its end. */
export function finishBatches(): void {
	finishBatch()
	if (hashing) addChecksums(reportsAt, executingCount)
}

/** Hashes what has come together. */
function finishBatch(): void {
	if (hashing) hashBatch(batchCount, hashesNext)
	hashesNext += batchCount * HASH_BYTES
	emptyBatch()
}

function emptyBatch(): void {
	batchCount = 0
	slotAt = slotsAt
	payloadFrom = payloadsAt
}

/** Fills the last block from `from` to `end`. */
function pad(from: usize, end: usize): void {
	let at = from
	while (at < end) {
		v128.store(at, i64x2.splat(0))
		at += 16
	}
	store<u8>(from, PADDING_START)
	// One byte is both if only one is missing.
	store<u8>(end - 1, load<u8>(end - 1) | PADDING_END)
}

function isFromInbox(): bool {
	return (
		load<u64>(slotAt) === load<u64>(INBOX_ADDRESS) &&
		load<u64>(slotAt, 8) === load<u64>(INBOX_ADDRESS, 8) &&
		load<u32>(slotAt, 16) === load<u32>(INBOX_ADDRESS, 16)
	)
}

function isExecuting(payload: usize): bool {
	const first = v128.xor(v128.load(payload), v128.load(EVENT_TOPIC))
	const second = v128.xor(v128.load(payload, 16), v128.load(EVENT_TOPIC, 16))
	return !v128.any_true(v128.or(first, second))
}

/** Keeps the payload of an executing message for the caller, which reads it. */
function report(payload: usize): bool {
	if (reportsNext + REPORT_BYTES > reportsEnd) return false
	store<u32>(reportsNext, logCount)
	memory.copy(reportsNext + REPORTED_PAYLOAD, payload, EXECUTING_PAYLOAD_BYTES)
	reportsNext += REPORT_BYTES
	executingCount++
	return true
}
