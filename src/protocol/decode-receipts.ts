import type { BlockId } from './block.js'
import { InvalidExecutingMessageError, MalformedValueError } from './errors.js'
import type { BlockLogs, ExecutingLog } from './executing-message.js'
import { decodeExecutingMessage } from './executing-message-log.js'
import { parseHash } from './hash.js'
import { parseHexBytes } from './hex-bytes.js'
import { encodeHexUint64, parseHexUint64 } from './hex-uint64.js'
import { KECCAK_BYTES, keccak256 } from './keccak.js'
import { ADDRESS_BYTES, logHash, MAX_TOPICS, TOPIC_BYTES } from './log-hash.js'
import { addToBloom, BLOOM_BYTES } from './receipts-bloom.js'
import { ReceiptsMismatchError } from './receipts-mismatch-error.js'
import { type JsonRecord, parseRecord } from './record.js'

export interface DecodeReceiptsOptions {
	/** Recompute the bloom filter of every receipt and compare. Costs a hash per address and topic. */
	readonly verifyBlooms?: boolean
}

/**
 * Reads the logs of `block` from the receipts that a node serves for it: the JSON text of a JSON-RPC response or of
 * the bare array, of go-ethereum's `types.Receipt` as well as of `eth_getBlockReceipts`.
 *
 * Every receipt must name the block and its own place, every log its index; the other references that a log may
 * carry are checked where they stand. Member names are taken literally and of repeated ones the last counts.
 * The kernel (`src/kernel`) reads the same in a fraction of the time; this is what it has to agree with.
 *
 * @throws ReceiptsMismatchError if the receipts are those of another block or have holes, or a bloom differs
 * @throws InvalidExecutingMessageError for a log that cannot be (protocol notes, "Messages")
 * @throws MalformedValueError naming the member that cannot be read
 */
export function decodeReceipts(
	answer: Buffer | string,
	block: BlockId,
	options: DecodeReceiptsOptions = {},
): BlockLogs {
	const text = typeof answer === 'string' ? answer : answer.toString('utf8')
	let value: unknown
	try {
		value = JSON.parse(text)
	} catch {
		// The engine's own message quotes parts of the input at any length; ours is bounded.
		throw new MalformedValueError('receipts', 'JSON', text)
	}
	return decodeReceiptsValue(value, block, options)
}

/** `decodeReceipts` for text that has been parsed already. */
export function decodeReceiptsValue(
	value: unknown,
	block: BlockId,
	options: DecodeReceiptsOptions = {},
): BlockLogs {
	const decoding = new Decoding(block, options.verifyBlooms ?? false)
	parseArray(unwrapResponse(value), 'receipts').forEach((receipt: unknown, i) => {
		decoding.addReceipt(receipt, i)
	})
	return decoding.finish()
}

/** The receipts of a JSON-RPC response, or the value itself. */
function unwrapResponse(value: unknown): unknown {
	if (Array.isArray(value)) return value
	const response = parseRecord(value, 'receipts')
	const error = member(response, 'error')
	if (error !== undefined) throw new MalformedValueError('receipts', 'a result', error)
	return member(response, 'result')
}

class Decoding {
	readonly #logHashes: Uint8Array[] = []
	readonly #executing: ExecutingLog[] = []

	constructor(
		readonly block: BlockId,
		readonly verifyBlooms: boolean,
	) {}

	addReceipt(value: unknown, position: number): void {
		const field = `receipts[${position}]`
		const receipt = parseRecord(value, field)
		this.#checkBlockHash(required(receipt, 'blockHash', field), field)
		this.#checkOptional(receipt, 'blockNumber', this.block.number, field)
		this.#checkQuantity(required(receipt, 'transactionIndex', field), position, `${field}.transactionIndex`)
		const bloom = Buffer.alloc(BLOOM_BYTES)
		parseArray(member(receipt, 'logs'), `${field}.logs`).forEach((log: unknown, i) => {
			this.#addLog(log, position, `${field}.logs[${i}]`, bloom)
		})
		if (this.verifyBlooms) this.#checkBloom(receipt, bloom, field)
	}

	finish(): BlockLogs {
		const logHashes = new Uint8Array(KECCAK_BYTES * this.#logHashes.length)
		this.#logHashes.forEach((hash, i) => {
			logHashes.set(hash, KECCAK_BYTES * i)
		})
		return { logCount: this.#logHashes.length, logHashes, executing: this.#executing }
	}

	#addLog(value: unknown, transactionIndex: number, field: string, bloom: Uint8Array): void {
		const log = parseRecord(value, field)
		const logIndex = this.#logHashes.length
		const blockHash = member(log, 'blockHash')
		if (blockHash !== undefined) this.#checkBlockHash(blockHash, field)
		this.#checkOptional(log, 'blockNumber', this.block.number, field)
		this.#checkOptional(log, 'transactionIndex', transactionIndex, field)
		this.#checkQuantity(required(log, 'logIndex', field), logIndex, `${field}.logIndex`)
		const address = parseHexBytes(member(log, 'address'), `${field}.address`, ADDRESS_BYTES)
		const topics = parseTopics(member(log, 'topics'), `${field}.topics`)
		const payload = Buffer.concat([...topics, parseHexBytes(member(log, 'data'), `${field}.data`)])
		this.#logHashes.push(logHash(address, keccak256(payload)))
		const message = readMessage(address, topics.length, payload, logIndex)
		if (message !== undefined) this.#executing.push({ logIndex, message })
		if (this.verifyBlooms) for (const value of [address, ...topics]) addToBloom(bloom, value)
	}

	#checkBlockHash(value: unknown, field: string): void {
		const hash = parseHash(value, `${field}.blockHash`)
		if (hash !== this.block.hash) this.#mismatch(`${field}.blockHash`, this.block.hash, hash)
	}

	#checkOptional(record: JsonRecord, name: string, expected: number, field: string): void {
		const value = member(record, name)
		if (value !== undefined) this.#checkQuantity(value, expected, `${field}.${name}`)
	}

	#checkQuantity(value: unknown, expected: number, field: string): void {
		const found = parseHexUint64(value, field)
		if (found !== BigInt(expected)) this.#mismatch(field, encodeHexUint64(expected), encodeHexUint64(found))
	}

	#checkBloom(receipt: JsonRecord, expected: Buffer, field: string): void {
		const found = parseHexBytes(member(receipt, 'logsBloom'), `${field}.logsBloom`, BLOOM_BYTES)
		if (!found.equals(expected)) {
			this.#mismatch(`${field}.logsBloom`, 'the bloom of its logs', 'another')
		}
	}

	#mismatch(field: string, expected: string, found: string): never {
		throw new ReceiptsMismatchError(this.block, field, expected, found)
	}
}

/** `decodeExecutingMessage` whose error says which log it is. */
function readMessage(address: Uint8Array, topicCount: number, payload: Uint8Array, logIndex: number) {
	try {
		return decodeExecutingMessage(address, topicCount, payload)
	} catch (error) {
		if (!(error instanceof InvalidExecutingMessageError)) throw error
		throw new InvalidExecutingMessageError(error.reason, logIndex)
	}
}

function parseTopics(value: unknown, field: string): Buffer[] {
	const topics = parseArray(value, field)
	if (topics.length > MAX_TOPICS) {
		throw new MalformedValueError(field, `at most ${MAX_TOPICS} topics`, topics.length)
	}
	return topics.map((topic, i) => parseHexBytes(topic, `${field}[${i}]`, TOPIC_BYTES))
}

function parseArray(value: unknown, field: string): readonly unknown[] {
	if (!Array.isArray(value)) throw new MalformedValueError(field, 'an array', value)
	return value
}

/** An own member by its literal name; null counts as missing. */
function member(record: JsonRecord, name: string): unknown {
	return Object.hasOwn(record, name) ? (record[name] ?? undefined) : undefined
}

function required(record: JsonRecord, name: string, field: string): unknown {
	const value = member(record, name)
	if (value === undefined) throw new MalformedValueError(`${field}.${name}`, 'a value', value)
	return value
}
