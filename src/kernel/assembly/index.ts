import { executingCount, finishBatches, logCount, startBatches } from './batch'
import { setNumberLength } from './block-id'
import {
	ANYWHERE,
	CLOSE_BRACE,
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
import { isError, isResult } from './members'
import {
	BLOCK_HASH_TEXT,
	BLOCK_NUMBER_TEXT,
	EVENT_TOPIC,
	hashesAt,
	INBOX_ADDRESS,
	layOut,
	reportsAt,
	textAt,
	textEnd,
} from './memory'
import { readReceipts } from './receipts'

/* What the caller sees of the kernel. */

/** The text is refused: the caller must use a decoder that knows everything. */
const REFUSED: i32 = -1

/** Where a text of `length` bytes is to be written, or 0 if there is no memory for it. */
export function reserve(length: usize): usize {
	return layOut(length) ? textAt : 0
}

/** Where the topic of executing messages is to be written, once. */
export function eventTopic(): usize {
	return EVENT_TOPIC
}

/** Where the address of the inbox is to be written, once. */
export function inboxAddress(): usize {
	return INBOX_ADDRESS
}

/** Where the block's hash is to be written before a scan: lower-case hex in quotes, 68 bytes. */
export function blockHashText(): usize {
	return BLOCK_HASH_TEXT
}

/** Where the block's number is to be written before a scan: as a hex quantity in quotes, 20 bytes at most. */
export function blockNumberText(): usize {
	return BLOCK_NUMBER_TEXT
}

/**
 * Reads the text that has been written, which is a JSON-RPC response or the bare array of receipts. Gives the number
 * of logs, or -1 for a text that is not exactly as nodes normally send it for this block.
 */
export function scan(numberTextBytes: usize, hashes: bool): i32 {
	setNumberLength(numberTextBytes)
	startBatches(hashes)
	const start = skipSpace(textAt)
	const end = load<u8>(start) === OPEN_BRACKET ? readReceipts(start) : readResponse(start)
	if (end === FAIL || skipSpace(end) !== textEnd) return REFUSED
	finishBatches()
	return logCount
}

/** Where the log hashes are after a scan, 32 bytes each. */
export function logHashes(): usize {
	return hashesAt
}

/** How many logs execute messages. */
export function reportCount(): u32 {
	return executingCount
}

/** Where they are: the log's index in 4 bytes, lowest first, its payload of 224 bytes, the checksum of 32 bytes. */
export function reports(): usize {
	return reportsAt
}

/** Reads the response that begins at `at`. One with an error has no receipts. */
function readResponse(at: usize): usize {
	if (load<u8>(at) !== OPEN_BRACE) return FAIL
	let p = skipSpace(at + 1)
	let resultSeen = false
	let more = true
	while (more) {
		if (load<u8>(p) !== QUOTE) return FAIL
		const key = p + 1
		const end = stringEnd(key, ANYWHERE)
		if (end === FAIL) return FAIL
		const value = valueAt(end)
		if (value === FAIL || (end - key === 5 && isError(key))) return FAIL
		if (end - key === 6 && isResult(key)) {
			if (resultSeen) return FAIL
			resultSeen = true
			p = readReceipts(value)
		} else p = skipValue(value, ANYWHERE)
		if (p === FAIL) return FAIL
		p = skipSpace(p)
		more = load<u8>(p) === COMMA
		if (more) p = skipSpace(p + 1)
	}
	return load<u8>(p) === CLOSE_BRACE && resultSeen ? p + 1 : FAIL
}
