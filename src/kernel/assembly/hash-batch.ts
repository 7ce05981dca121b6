import { permute, STATES } from './keccak-f'
import { HASH_BYTES, slotsAt } from './memory'
import {
	PADDING_OFFSET,
	PAYLOAD_AT_OFFSET,
	PAYLOAD_BLOCKS_OFFSET,
	PAYLOAD_HASH_OFFSET,
	SLOT_BYTES,
} from './slot'

/** Keccak-256 takes in 17 lanes of 8 bytes at a time. */
export const BLOCK_BYTES: usize = 136

/** First and last byte of the padding (Keccak's, not that of SHA-3). */
export const PADDING_START: u8 = 0x01
export const PADDING_END: u8 = 0x80

/** The padding's last bit in the last of the 17 lanes. */
const LAST_LANE_END: u64 = 0x8000000000000000

/** Writes the log hashes of `count` slots, which are filled but for the payload hash, to `target` one after another. */
export function hashBatch(count: usize, target: usize): void {
	hashPayloads(slotsAt, slotsAt + count * SLOT_BYTES)
	hashIdentities(slotsAt, count, target)
}

/**
 * Hashes the payloads of the slots from `slot` to `end`, two at a time: whenever one is through, the next takes its
 * place beside the other, however long that still is.
 */
function hashPayloads(slot: usize, end: usize): void {
	let next = slot
	let leftSlot: usize = 0
	let leftAt: usize = 0
	let leftBlocks: u32 = 0
	let rightSlot: usize = 0
	let rightAt: usize = 0
	let rightBlocks: u32 = 0
	while (next < end || (leftBlocks | rightBlocks) !== 0) {
		let keep = i64x2.splat(-1)
		if (leftBlocks === 0 && next < end) {
			leftSlot = next
			leftAt = load<u32>(next, PAYLOAD_AT_OFFSET)
			leftBlocks = load<u32>(next, PAYLOAD_BLOCKS_OFFSET)
			keep = i64x2.replace_lane(keep, 0, 0)
			next += SLOT_BYTES
		}
		if (rightBlocks === 0 && next < end) {
			rightSlot = next
			rightAt = load<u32>(next, PAYLOAD_AT_OFFSET)
			rightBlocks = load<u32>(next, PAYLOAD_BLOCKS_OFFSET)
			keep = i64x2.replace_lane(keep, 1, 0)
			next += SLOT_BYTES
		}
		// A side that is through hashes what the other does, for nobody.
		absorb(leftBlocks === 0 ? rightAt : leftAt, rightBlocks === 0 ? leftAt : rightAt, keep)
		permute()
		leftAt += BLOCK_BYTES
		rightAt += BLOCK_BYTES
		if (leftBlocks !== 0) {
			leftBlocks--
			if (leftBlocks === 0) storeLeft(leftSlot + PAYLOAD_HASH_OFFSET)
		}
		if (rightBlocks !== 0) {
			rightBlocks--
			if (rightBlocks === 0) storeRight(rightSlot + PAYLOAD_HASH_OFFSET)
		}
	}
}

/** Hashes address and payload hash of each slot in pairs. */
function hashIdentities(slot: usize, count: usize, target: usize): void {
	let left = slot
	let out = target
	const end = slot + count * SLOT_BYTES
	while (left < end) {
		const paired = left + SLOT_BYTES < end
		hashShort(left, paired ? left + SLOT_BYTES : left, PADDING_OFFSET)
		storeLeft(out)
		if (paired) storeRight(out + HASH_BYTES)
		left += 2 * SLOT_BYTES
		out += 2 * HASH_BYTES
	}
}

/**
 * Hashes two inputs of `length` bytes that are less than a block. The first byte of the padding and zeros to a
 * multiple of 8 follow them in memory.
 */
export function hashShort(left: usize, right: usize, length: usize): void {
	let lane: usize = STATES
	for (let at: usize = 0; at <= length; at += 8) {
		v128.store(lane, v128.load64_lane(right + at, v128.load64_zero(left + at), 1))
		lane += 16
	}
	while (lane < STATES + 16 * 25) {
		v128.store(lane, i64x2.splat(0))
		lane += 16
	}
	v128.store(STATES, i64x2.splat(LAST_LANE_END), 16 * 16)
	permute()
}

/** Takes a block into each state, of which `keep` has the bits that are not to be cleared before. */
function absorb(left: usize, right: usize, keep: v128): void {
	let lane: usize = STATES
	for (let at: usize = 0; at < BLOCK_BYTES; at += 8) {
		const block = v128.load64_lane(right + at, v128.load64_zero(left + at), 1)
		v128.store(lane, v128.xor(v128.and(v128.load(lane), keep), block))
		lane += 16
	}
	while (lane < STATES + 16 * 25) {
		v128.store(lane, v128.and(v128.load(lane), keep))
		lane += 16
	}
}

/** Writes the hash of the left input, 32 bytes. */
export function storeLeft(target: usize): void {
	v128.store64_lane(target, v128.load(STATES), 0)
	v128.store64_lane(target, v128.load(STATES, 16), 0, 8)
	v128.store64_lane(target, v128.load(STATES, 32), 0, 16)
	v128.store64_lane(target, v128.load(STATES, 48), 0, 24)
}

/** Writes the hash of the right input, 32 bytes. */
export function storeRight(target: usize): void {
	v128.store64_lane(target, v128.load(STATES), 1)
	v128.store64_lane(target, v128.load(STATES, 16), 1, 8)
	v128.store64_lane(target, v128.load(STATES, 32), 1, 16)
	v128.store64_lane(target, v128.load(STATES, 48), 1, 24)
}
