import { standsBlockHash, standsBlockNumber } from './block-id'
import { standsQuantity } from './hex'
import {
	CLOSE_BRACE,
	CLOSE_BRACKET,
	COMMA,
	FAIL,
	OPEN_BRACE,
	OPEN_BRACKET,
	QUOTE,
	skipSpace,
	skipValue,
	stringEnd,
	valueAt,
} from './json'
import { readLog } from './log'
import { isBlockHash, isBlockNumber, isLogs, isTransactionIndex } from './members'

/** Of each member of a receipt in turn the lengths of its key and, if that is skipped, its string (`stringEnd`). */
const PLACES = memory.data(64 * 8, 16)
const PLACE_BYTES: usize = 8
const LAST_PLACE: usize = PLACES + 63 * PLACE_BYTES

/** Which members of the receipt have been seen. */
const LOGS: i32 = 1
const BLOCK_HASH: i32 = 2
const BLOCK_NUMBER: i32 = 4
const TRANSACTION_INDEX: i32 = 8
const REQUIRED: i32 = LOGS | BLOCK_HASH | TRANSACTION_INDEX

let seen: i32 = 0

/** Reads the array of receipts that begins at `at`. */
export function readReceipts(at: usize): usize {
	if (load<u8>(at) !== OPEN_BRACKET) return FAIL
	let p = skipSpace(at + 1)
	if (load<u8>(p) === CLOSE_BRACKET) return p + 1
	let index: u32 = 0
	let more = true
	while (more) {
		p = readReceipt(p, index++)
		if (p === FAIL) return FAIL
		p = skipSpace(p)
		more = load<u8>(p) === COMMA
		if (more) p = skipSpace(p + 1)
	}
	return load<u8>(p) === CLOSE_BRACKET ? p + 1 : FAIL
}

/** Reads the receipt of the transaction of this index. */
function readReceipt(at: usize, index: u32): usize {
	if (load<u8>(at) !== OPEN_BRACE) return FAIL
	seen = 0
	let place: usize = PLACES
	let p = skipSpace(at + 1)
	let more = true
	while (more) {
		if (load<u8>(p) !== QUOTE) return FAIL
		const key = p + 1
		const end = stringEnd(key, place)
		if (end === FAIL) return FAIL
		const value = valueAt(end)
		if (value === FAIL) return FAIL
		p = readMember(key, end - key, value, index, place + 4)
		if (p === FAIL) return FAIL
		p = skipSpace(p)
		more = load<u8>(p) === COMMA
		if (more) p = skipSpace(p + 1)
		if (place < LAST_PLACE) place += PLACE_BYTES
	}
	return load<u8>(p) === CLOSE_BRACE && (seen & REQUIRED) === REQUIRED ? p + 1 : FAIL
}

function readMember(key: usize, length: usize, value: usize, index: u32, guess: usize): usize {
	// The names differ in length, so at most one comparison is made.
	switch (length as i32) {
		case 4:
			if (isLogs(key)) return first(LOGS) ? readLogs(value, index) : FAIL
			break
		case 9:
			if (isBlockHash(key)) return first(BLOCK_HASH) ? standsBlockHash(value) : FAIL
			break
		case 11:
			if (isBlockNumber(key)) return first(BLOCK_NUMBER) ? standsBlockNumber(value) : FAIL
			break
		case 16:
			if (isTransactionIndex(key)) return first(TRANSACTION_INDEX) ? standsQuantity(value, index) : FAIL
			break
	}
	return skipValue(value, guess)
}

/** Notes a member, and says if it had not been seen yet. */
function first(member: i32): bool {
	if ((seen & member) !== 0) return false
	seen |= member
	return true
}

/** Reads the array of logs that begins at `at`. */
function readLogs(at: usize, transactionIndex: u32): usize {
	if (load<u8>(at) !== OPEN_BRACKET) return FAIL
	let p = skipSpace(at + 1)
	if (load<u8>(p) === CLOSE_BRACKET) return p + 1
	let more = true
	while (more) {
		p = readLog(p, transactionIndex)
		if (p === FAIL) return FAIL
		p = skipSpace(p)
		more = load<u8>(p) === COMMA
		if (more) p = skipSpace(p + 1)
	}
	return load<u8>(p) === CLOSE_BRACKET ? p + 1 : FAIL
}
