import type { BlockId } from './block.js'
import { InvalidExecutingMessageError } from './errors.js'
import type { BlockLogs, ExecutingLog } from './executing-message.js'
import { decodeExecutingMessage } from './executing-message-log.js'
import { decodeHexRun, HEX_DIGITS } from './hex-digits.js'
import { encodeHexUint64 } from './hex-uint64.js'
import {
	FAIL,
	OPEN_BRACKET,
	QUOTE,
	skipSpace,
	skipValue,
	standsAt,
	walkArray,
	walkObject,
} from './json-bytes.js'
import { KECCAK_BYTES, keccak256Into } from './keccak.js'
import { ADDRESS_BYTES, MAX_TOPICS, TOPIC_BYTES } from './log-hash.js'

/** Topics are laid out before this offset, data after it, so that a payload is contiguous whichever comes first. */
const DATA_OFFSET = MAX_TOPICS * TOPIC_BYTES

/** `"0x` before hex digits. */
const HEX_OPENING = Buffer.from('"0x')

/** Scratch space up to this size stays with the thread: frames of ordinary blocks need no new memory. */
const KEPT_SCRATCH_BYTES = 4 << 20

/** A log's four required members take 97 bytes of text, so a frame of n bytes has fewer than n / 90 logs. */
const MIN_LOG_TEXT_BYTES = 90

/** What is read of an object, by name; the bits say which have been seen. */
const LOGS = Buffer.from('logs')
const ADDRESS = Buffer.from('address')
const TOPICS = Buffer.from('topics')
const DATA = Buffer.from('data')
const BLOCK_HASH = Buffer.from('blockHash')
const BLOCK_NUMBER = Buffer.from('blockNumber')
const LOG_INDEX = Buffer.from('logIndex')
const TRANSACTION_INDEX = Buffer.from('transactionIndex')
const RESULT = Buffer.from('result')
const ERROR = Buffer.from('error')

const SEEN_BLOCK_HASH = 1
const SEEN_BLOCK_NUMBER = 2
const SEEN_TRANSACTION_INDEX = 4
const SEEN_LOGS = 8
const SEEN_ADDRESS = 8
const SEEN_TOPICS = 16
const SEEN_DATA = 32
const SEEN_LOG_INDEX = 64
const REQUIRED_OF_RECEIPT = SEEN_BLOCK_HASH | SEEN_TRANSACTION_INDEX | SEEN_LOGS
const REQUIRED_OF_LOG = SEEN_ADDRESS | SEEN_TOPICS | SEEN_DATA | SEEN_LOG_INDEX

let payloadScratch = new Uint8Array(0)
let hashScratch = new Uint8Array(0)

/**
 * `decodeReceipts` on the bytes of the answer, many times faster: builds no strings and no objects, decodes only
 * what is hashed and compares what is checked in place, in one pass.
 *
 * Whatever is not as nodes normally send it gives `undefined`: errors of any kind, receipts of another block,
 * repeated members, escapes. The caller then asks `decodeReceipts`, which knows the reason. Where this function has
 * a result, it is the same as the decoder's.
 */
export function scanReceipts(answer: Uint8Array, block: BlockId): BlockLogs | undefined {
	return new ReceiptScan(answer, block).run()
}

class ReceiptScan {
	readonly #json: Uint8Array
	readonly #blockHash: Buffer
	readonly #blockNumber: Buffer
	readonly #payload: Uint8Array
	readonly #hashes: Uint8Array
	/** Address and payload hash of the log at hand. */
	readonly #identity = new Uint8Array(ADDRESS_BYTES + KECCAK_BYTES)
	readonly #executing: ExecutingLog[] = []
	#logCount = 0
	#receiptCount = 0
	#seenOfReceipt = 0
	#seenOfLog = 0
	#resultSeen = false
	#topicCount = 0
	#topicsAt = 0
	#dataLength = 0

	// One closure each a scan instead of one an object.
	readonly #onResponseMember = (start: number, end: number, at: number) =>
		this.#responseMember(start, end, at)
	readonly #onReceipt = (at: number) => this.#receipt(at)
	readonly #onReceiptMember = (start: number, end: number, at: number) => this.#receiptMember(start, end, at)
	readonly #onLog = (at: number) => this.#log(at)
	readonly #onLogMember = (start: number, end: number, at: number) => this.#logMember(start, end, at)
	readonly #onTopic = (at: number) => this.#topic(at)

	constructor(json: Uint8Array, block: BlockId) {
		this.#json = json
		this.#blockHash = Buffer.from(`"${block.hash}"`)
		this.#blockNumber = Buffer.from(`"${encodeHexUint64(block.number)}"`)
		this.#payload = payloadSpace(DATA_OFFSET + (json.length >> 1))
		this.#hashes = hashSpace(KECCAK_BYTES * Math.ceil(json.length / MIN_LOG_TEXT_BYTES))
	}

	run(): BlockLogs | undefined {
		const start = skipSpace(this.#json, 0)
		const isArray = this.#json[start] === OPEN_BRACKET
		const end = isArray
			? walkArray(this.#json, start, this.#onReceipt)
			: walkObject(this.#json, start, this.#onResponseMember)
		if (end === FAIL || skipSpace(this.#json, end) !== this.#json.length) return undefined
		if (!isArray && !this.#resultSeen) return undefined
		return {
			logCount: this.#logCount,
			logHashes: this.#hashes.slice(0, KECCAK_BYTES * this.#logCount),
			executing: this.#executing,
		}
	}

	#responseMember(start: number, end: number, at: number): number {
		if (this.#isKey(start, end, ERROR)) return FAIL
		if (!this.#isKey(start, end, RESULT)) return skipValue(this.#json, at)
		if (this.#resultSeen) return FAIL
		this.#resultSeen = true
		return walkArray(this.#json, at, this.#onReceipt)
	}

	#receipt(at: number): number {
		this.#seenOfReceipt = 0
		const end = walkObject(this.#json, at, this.#onReceiptMember)
		if ((this.#seenOfReceipt & REQUIRED_OF_RECEIPT) !== REQUIRED_OF_RECEIPT) return FAIL
		this.#receiptCount++
		return end
	}

	#receiptMember(start: number, end: number, at: number): number {
		// The names differ in length, so at most one comparison is made.
		switch (end - start) {
			case LOGS.length:
				if (!this.#isKey(start, end, LOGS)) break
				if (!this.#firstOfReceipt(SEEN_LOGS)) return FAIL
				return walkArray(this.#json, at, this.#onLog)
			case BLOCK_HASH.length:
				if (!this.#isKey(start, end, BLOCK_HASH)) break
				return this.#firstOfReceipt(SEEN_BLOCK_HASH) ? this.#text(at, this.#blockHash) : FAIL
			case BLOCK_NUMBER.length:
				if (!this.#isKey(start, end, BLOCK_NUMBER)) break
				return this.#firstOfReceipt(SEEN_BLOCK_NUMBER) ? this.#text(at, this.#blockNumber) : FAIL
			case TRANSACTION_INDEX.length:
				if (!this.#isKey(start, end, TRANSACTION_INDEX)) break
				return this.#firstOfReceipt(SEEN_TRANSACTION_INDEX) ? this.#index(at, this.#receiptCount) : FAIL
		}
		return skipValue(this.#json, at)
	}

	#log(at: number): number {
		this.#seenOfLog = 0
		const end = walkObject(this.#json, at, this.#onLogMember)
		if (end === FAIL || (this.#seenOfLog & REQUIRED_OF_LOG) !== REQUIRED_OF_LOG) return FAIL
		return this.#addLog() ? end : FAIL
	}

	#logMember(start: number, end: number, at: number): number {
		switch (end - start) {
			case ADDRESS.length:
				if (!this.#isKey(start, end, ADDRESS)) break
				return this.#firstOfLog(SEEN_ADDRESS) ? this.#bytes(at, this.#identity, 0, ADDRESS_BYTES) : FAIL
			case TOPICS.length:
				if (!this.#isKey(start, end, TOPICS)) break
				return this.#firstOfLog(SEEN_TOPICS) ? this.#topics(at) : FAIL
			case DATA.length:
				if (!this.#isKey(start, end, DATA)) break
				return this.#firstOfLog(SEEN_DATA) ? this.#data(at) : FAIL
			case BLOCK_HASH.length:
				if (!this.#isKey(start, end, BLOCK_HASH)) break
				return this.#firstOfLog(SEEN_BLOCK_HASH) ? this.#text(at, this.#blockHash) : FAIL
			case BLOCK_NUMBER.length:
				if (!this.#isKey(start, end, BLOCK_NUMBER)) break
				return this.#firstOfLog(SEEN_BLOCK_NUMBER) ? this.#text(at, this.#blockNumber) : FAIL
			case LOG_INDEX.length:
				if (!this.#isKey(start, end, LOG_INDEX)) break
				return this.#firstOfLog(SEEN_LOG_INDEX) ? this.#index(at, this.#logCount) : FAIL
			case TRANSACTION_INDEX.length:
				if (!this.#isKey(start, end, TRANSACTION_INDEX)) break
				return this.#firstOfLog(SEEN_TRANSACTION_INDEX) ? this.#index(at, this.#receiptCount) : FAIL
		}
		return skipValue(this.#json, at)
	}

	/** Hashes the log that has been read and notes the executing message that it may be. */
	#addLog(): boolean {
		const payload = this.#payload.subarray(this.#topicsAt, DATA_OFFSET + this.#dataLength)
		keccak256Into(this.#identity, ADDRESS_BYTES, payload)
		keccak256Into(this.#hashes, KECCAK_BYTES * this.#logCount, this.#identity)
		try {
			const message = decodeExecutingMessage(this.#identity, this.#topicCount, payload)
			if (message !== undefined) this.#executing.push({ logIndex: this.#logCount, message })
		} catch (error) {
			// The decoder will throw the same with the place; or not, if a later member of the same name replaces this.
			if (error instanceof InvalidExecutingMessageError) return false
			throw error
		}
		this.#logCount++
		return true
	}

	#topics(at: number): number {
		this.#topicCount = 0
		const end = walkArray(this.#json, at, this.#onTopic)
		// Topics were written from the start of the space; they belong directly before the data.
		const length = TOPIC_BYTES * this.#topicCount
		this.#topicsAt = DATA_OFFSET - length
		this.#payload.copyWithin(this.#topicsAt, 0, length)
		return end
	}

	#topic(at: number): number {
		if (this.#topicCount === MAX_TOPICS) return FAIL
		const offset = TOPIC_BYTES * this.#topicCount++
		return this.#bytes(at, this.#payload, offset, TOPIC_BYTES)
	}

	#data(at: number): number {
		if (!standsAt(this.#json, at, HEX_OPENING)) return FAIL
		const digits = at + HEX_OPENING.length
		this.#dataLength = decodeHexRun(
			this.#json,
			digits,
			this.#payload,
			DATA_OFFSET,
			this.#payload.length - DATA_OFFSET,
		)
		const end = digits + 2 * this.#dataLength
		return this.#json[end] === QUOTE ? end + 1 : FAIL
	}

	/** `count` bytes of hex in quotes, decoded to `target`. */
	#bytes(at: number, target: Uint8Array, offset: number, count: number): number {
		if (!standsAt(this.#json, at, HEX_OPENING)) return FAIL
		const digits = at + HEX_OPENING.length
		if (decodeHexRun(this.#json, digits, target, offset, count) !== count) return FAIL
		const end = digits + 2 * count
		return this.#json[end] === QUOTE ? end + 1 : FAIL
	}

	/** Exactly this text. Upper-case hex means the same, but only the decoder knows. */
	#text(at: number, expected: Uint8Array): number {
		return standsAt(this.#json, at, expected) ? at + expected.length : FAIL
	}

	/** The hex quantity `expected`, in quotes. */
	#index(at: number, expected: number): number {
		if (!standsAt(this.#json, at, HEX_OPENING)) return FAIL
		let p = at + HEX_OPENING.length
		// From the highest digit that is not zero; of zero, one digit.
		for (let shift = expected === 0 ? 0 : (31 - Math.clz32(expected)) & ~3; shift >= 0; shift -= 4) {
			if (HEX_DIGITS[this.#json[p++] ?? 0] !== ((expected >>> shift) & 15)) return FAIL
		}
		return this.#json[p] === QUOTE ? p + 1 : FAIL
	}

	#isKey(start: number, end: number, name: Uint8Array): boolean {
		return end - start === name.length && standsAt(this.#json, start, name)
	}

	#firstOfReceipt(bit: number): boolean {
		const first = (this.#seenOfReceipt & bit) === 0
		this.#seenOfReceipt |= bit
		return first
	}

	#firstOfLog(bit: number): boolean {
		const first = (this.#seenOfLog & bit) === 0
		this.#seenOfLog |= bit
		return first
	}
}

// A scan runs to its end without awaiting, so the scratch spaces are never in use twice.

function payloadSpace(bytes: number): Uint8Array {
	if (payloadScratch.length >= bytes) return payloadScratch
	const space = new Uint8Array(bytes)
	if (bytes <= KEPT_SCRATCH_BYTES) payloadScratch = space
	return space
}

function hashSpace(bytes: number): Uint8Array {
	if (hashScratch.length >= bytes) return hashScratch
	const space = new Uint8Array(bytes)
	if (bytes <= KEPT_SCRATCH_BYTES) hashScratch = space
	return space
}
