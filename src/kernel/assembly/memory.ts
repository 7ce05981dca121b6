import { LOG_SLOTS, SLOT_BYTES } from './slot'

/*
 * Where things lie in the kernel's memory: what is fixed (tables, the state of the hash, what the caller expects),
 * then the slots of a batch of logs, the text, and behind the text what it can bring forth, sized by its length:
 * payloads, hashes, executing messages. Nothing is ever freed: the next text is laid over this one.
 */

/** Payloads are hashed when this many bytes have come together: few enough to stay in the second-level cache. */
export const PAYLOAD_BATCH_BYTES: usize = 256 << 10

/** Zeros behind the text. They end strings and numbers and are no JSON, and reads of vectors may run into them. */
const TAIL_BYTES: usize = 256

/** Of a payload: topics that came after data move by this much at most, padding and the writing of vectors. */
const PAYLOAD_SLACK_BYTES: usize = 1024

/** The four members that a log must have take 97 bytes of text, so a text of n bytes has fewer logs than n / 90. */
const MIN_LOG_TEXT_BYTES: usize = 90

/** The digits of an executing message alone are 488. */
const MIN_EXECUTING_TEXT_BYTES: usize = 488

export const HASH_BYTES: usize = 32

/** An executing message as it is reported: index of its log, payload of two topics and five words, checksum. */
export const EXECUTING_PAYLOAD_BYTES: usize = 7 * 32
export const REPORTED_PAYLOAD: usize = 4
export const REPORTED_CHECKSUM: usize = REPORTED_PAYLOAD + EXECUTING_PAYLOAD_BYTES
export const REPORT_BYTES: usize = REPORTED_CHECKSUM + HASH_BYTES

const PAGE_BYTES: usize = 1 << 16

/** What the caller writes once: topic of executing messages (32 bytes), address of the inbox (20 bytes). */
export const EVENT_TOPIC = memory.data(32, 16)
export const INBOX_ADDRESS = memory.data(20, 16)

/** What the caller writes for each block: its hash and its number as texts with their quotes. */
export const BLOCK_HASH_TEXT = memory.data(80, 16)
export const BLOCK_NUMBER_TEXT = memory.data(32, 16)

export let slotsAt: usize = 0
export let textAt: usize = 0
export let textEnd: usize = 0
export let payloadsAt: usize = 0
export let payloadsEnd: usize = 0
export let hashesAt: usize = 0
export let hashesEnd: usize = 0
export let reportsAt: usize = 0
export let reportsEnd: usize = 0

/**
 * Makes room for a text of `length` bytes and for all that it can bring forth, and writes the zeros behind it. False
 * if the memory cannot grow so far.
 */
export function layOut(length: usize): bool {
	slotsAt = aligned(__heap_base)
	textAt = slotsAt + LOG_SLOTS * SLOT_BYTES
	textEnd = textAt + length
	payloadsAt = aligned(textEnd + TAIL_BYTES)
	payloadsEnd = payloadsAt + PAYLOAD_BATCH_BYTES + length / 2 + PAYLOAD_SLACK_BYTES
	hashesAt = aligned(payloadsEnd)
	hashesEnd = hashesAt + HASH_BYTES * (length / MIN_LOG_TEXT_BYTES)
	reportsAt = aligned(hashesEnd)
	reportsEnd = reportsAt + REPORT_BYTES * (length / MIN_EXECUTING_TEXT_BYTES)
	const missing = (reportsEnd as isize) - ((memory.size() as isize) << 16)
	if (missing > 0 && memory.grow(((missing + PAGE_BYTES - 1) / PAGE_BYTES) as i32) < 0) return false
	for (let at = textEnd; at < textEnd + TAIL_BYTES; at += 16) v128.store(at, i64x2.splat(0))
	return true
}

/** The next multiple of 64, which is where a line of the cache begins. */
function aligned(at: usize): usize {
	return (at + 63) & ~63
}
