import { hashShort, storeLeft, storeRight } from './hash-batch'
import { REPORT_BYTES, REPORTED_CHECKSUM, REPORTED_PAYLOAD } from './memory'
import { PADDING_OFFSET } from './slot'

/*
 * Checksums of executing messages (protocol notes, "Messages"): of the log hash of the initiating message, the hash
 * with its place; of that the hash with its chain. The caller checks that the words are what they must be before it
 * uses one.
 */

/** The first byte of a checksum is its type in an access list. */
const CHECKSUM_TYPE: u8 = 0x03

/** Offsets in the payload: the second topic, then the values at the end of the five words. */
const PAYLOAD_HASH: usize = 32
const ORIGIN: usize = 64 + 12
const BLOCK_NUMBER: usize = 96 + 24
const LOG_INDEX: usize = 128 + 28
const TIMESTAMP: usize = 160 + 24
const CHAIN_ID: usize = 192

/** What is hashed with a hash before it: 12 zeros, block number, timestamp, log index; or the chain's ID. */
const SECOND_HALF: usize = 32
const PACKED_BLOCK_NUMBER: usize = 44
const PACKED_TIMESTAMP: usize = 52
const PACKED_LOG_INDEX: usize = 60
const PACKED_BYTES: usize = 64

/** Two inputs with their padding. */
const LEFT = memory.data(80, 16)
const RIGHT = memory.data(80, 16)

/** Writes the checksums of `count` reports, in pairs. */
export function addChecksums(reports: usize, count: usize): void {
	let left = reports
	const end = reports + count * REPORT_BYTES
	while (left < end) {
		const paired = left + REPORT_BYTES < end
		const right = paired ? left + REPORT_BYTES : left
		packIdentity(LEFT, left + REPORTED_PAYLOAD)
		packIdentity(RIGHT, right + REPORTED_PAYLOAD)
		hashBoth(PADDING_OFFSET)
		packPlace(LEFT, left + REPORTED_PAYLOAD)
		packPlace(RIGHT, right + REPORTED_PAYLOAD)
		hashBoth(PACKED_BYTES)
		packChain(LEFT, left + REPORTED_PAYLOAD)
		packChain(RIGHT, right + REPORTED_PAYLOAD)
		hashBoth(PACKED_BYTES)
		storeChecksum(left + REPORTED_CHECKSUM, LEFT)
		storeChecksum(right + REPORTED_CHECKSUM, RIGHT)
		left += 2 * REPORT_BYTES
	}
}

/** Puts the hash of either input in its place. */
function hashBoth(length: usize): void {
	hashShort(LEFT, RIGHT, length)
	storeLeft(LEFT)
	storeRight(RIGHT)
}

/** The address and the payload hash of the initiating log. */
function packIdentity(target: usize, payload: usize): void {
	v128.store(target, v128.load(payload, ORIGIN))
	store<u32>(target, load<u32>(payload, ORIGIN + 16), 16)
	v128.store(target, v128.load(payload, PAYLOAD_HASH), 20)
	v128.store(target, v128.load(payload, PAYLOAD_HASH + 16), 36)
	store<u32>(target, 1, PADDING_OFFSET)
}

/** The place of the initiating log, behind its log hash. */
function packPlace(target: usize, payload: usize): void {
	v128.store(target, i64x2.splat(0), SECOND_HALF)
	store<u64>(target, load<u64>(payload, BLOCK_NUMBER), PACKED_BLOCK_NUMBER)
	store<u64>(target, load<u64>(payload, TIMESTAMP), PACKED_TIMESTAMP)
	store<u32>(target, load<u32>(payload, LOG_INDEX), PACKED_LOG_INDEX)
	store<u64>(target, 1, PACKED_BYTES)
}

/** Its chain, behind the hash of that. */
function packChain(target: usize, payload: usize): void {
	v128.store(target, v128.load(payload, CHAIN_ID), SECOND_HALF)
	v128.store(target, v128.load(payload, CHAIN_ID + 16), SECOND_HALF + 16)
}

function storeChecksum(target: usize, hash: usize): void {
	v128.store(target, v128.load(hash))
	v128.store(target, v128.load(hash, 16), 16)
	store<u8>(target, CHECKSUM_TYPE)
}
