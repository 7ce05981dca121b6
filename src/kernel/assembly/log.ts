import { addLog, logCount, payloadFrom, slotAt } from './batch'
import { standsBlockHash, standsBlockNumber } from './block-id'
import { decodeAddress, decodeDigits, decodeTopic, OPENING_BYTES, standsOpening, standsQuantity } from './hex'
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
import {
	isAddress,
	isBlockHash,
	isBlockNumber,
	isData,
	isLogIndex,
	isTopics,
	isTransactionIndex,
} from './members'
import { payloadsEnd, textEnd } from './memory'

/** The EVM has LOG0 to LOG4. */
const MAX_TOPICS: i32 = 4
const TOPIC_BYTES: usize = 32

/** Between the bytes of data and the end of the space: its padding, and vectors that are written over the end. */
const DATA_SLACK_BYTES: usize = 512

/** Of each member of a log in turn the lengths of its key and, if that is skipped, its string (`stringEnd`). */
const PLACES = memory.data(64 * 8, 16)
const PLACE_BYTES: usize = 8
const LAST_PLACE: usize = PLACES + 63 * PLACE_BYTES

/** Which members of the log have been seen. */
const ADDRESS: i32 = 1
const TOPICS: i32 = 2
const DATA: i32 = 4
const LOG_INDEX: i32 = 8
const BLOCK_HASH: i32 = 16
const BLOCK_NUMBER: i32 = 32
const TRANSACTION_INDEX: i32 = 64
const REQUIRED: i32 = ADDRESS | TOPICS | DATA | LOG_INDEX

/** Of the log at hand. */
let seen: i32 = 0
let topicCount: i32 = 0
let dataAt: usize = 0
let dataEnd: usize = 0

/** Reads the log that begins at `at`, of the transaction of this index, and adds it to the batch. */
export function readLog(at: usize, transactionIndex: u32): usize {
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
		p = readMember(key, end - key, value, transactionIndex, place + 4)
		if (p === FAIL) return FAIL
		p = skipSpace(p)
		more = load<u8>(p) === COMMA
		if (more) p = skipSpace(p + 1)
		if (place < LAST_PLACE) place += PLACE_BYTES
	}
	if (load<u8>(p) !== CLOSE_BRACE || (seen & REQUIRED) !== REQUIRED) return FAIL
	const payload = dataAt - TOPIC_BYTES * topicCount
	return addLog(topicCount, payload, dataEnd - payload) ? p + 1 : FAIL
}

function readMember(key: usize, length: usize, value: usize, transactionIndex: u32, guess: usize): usize {
	// The names differ in length, so at most one comparison is made.
	switch (length as i32) {
		case 4:
			if (isData(key)) return first(DATA) ? readData(value) : FAIL
			break
		case 6:
			if (isTopics(key)) return first(TOPICS) ? readTopics(value) : FAIL
			break
		case 7:
			if (isAddress(key)) return first(ADDRESS) ? decodeAddress(value, slotAt) : FAIL
			break
		case 8:
			if (isLogIndex(key)) return first(LOG_INDEX) ? standsQuantity(value, logCount) : FAIL
			break
		case 9:
			if (isBlockHash(key)) return first(BLOCK_HASH) ? standsBlockHash(value) : FAIL
			break
		case 11:
			if (isBlockNumber(key)) return first(BLOCK_NUMBER) ? standsBlockNumber(value) : FAIL
			break
		case 16:
			if (isTransactionIndex(key)) {
				return first(TRANSACTION_INDEX) ? standsQuantity(value, transactionIndex) : FAIL
			}
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

/** Decodes the topics to where the payload may begin; if the data is there already, they move before it. */
function readTopics(at: usize): usize {
	topicCount = 0
	if (load<u8>(at) !== OPEN_BRACKET) return FAIL
	let p = skipSpace(at + 1)
	if (load<u8>(p) !== CLOSE_BRACKET) {
		let more = true
		while (more) {
			if (topicCount === MAX_TOPICS) return FAIL
			p = decodeTopic(p, payloadFrom + TOPIC_BYTES * topicCount)
			if (p === FAIL) return FAIL
			topicCount++
			p = skipSpace(p)
			more = load<u8>(p) === COMMA
			if (more) p = skipSpace(p + 1)
		}
		if (load<u8>(p) !== CLOSE_BRACKET) return FAIL
	}
	if ((seen & DATA) !== 0) {
		const length = TOPIC_BYTES * topicCount
		memory.copy(dataAt - length, payloadFrom, length)
	}
	return p + 1
}

/** Decodes the data to behind the topics; if they are not there yet, to where four of them would end. */
function readData(at: usize): usize {
	dataAt = payloadFrom + TOPIC_BYTES * ((seen & TOPICS) !== 0 ? topicCount : MAX_TOPICS)
	if (!standsOpening(at) || dataAt + (textEnd - at) / 2 + DATA_SLACK_BYTES > payloadsEnd) return FAIL
	const end = decodeDigits(at + OPENING_BYTES, dataAt)
	if (end === FAIL) return FAIL
	dataEnd = dataAt + (end - at - OPENING_BYTES) / 2
	return end + 1
}
