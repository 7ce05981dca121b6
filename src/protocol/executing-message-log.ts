import { chainIdFromBytes, chainIdToBytes } from './chain-id.js'
import { messageChecksum } from './checksum.js'
import { InvalidExecutingMessageError } from './errors.js'
import type { ExecutingMessage } from './executing-message.js'
import { hashToBytes } from './hash.js'
import { encodeHexBytes } from './hex-bytes.js'
import { keccak256 } from './keccak.js'
import { ADDRESS_BYTES, logHash, TOPIC_BYTES } from './log-hash.js'
import type { Address, Message } from './message.js'

/** The CrossL2Inbox predeploy. */
export const INBOX_ADDRESS: Address = '0x4200000000000000000000000000000000000022'

/** The same as 20 bytes. */
export const INBOX_BYTES: Uint8Array = Buffer.from(INBOX_ADDRESS.slice(2), 'hex')

/** Topic 0 of an executing message, 32 bytes. */
export const EVENT_TOPIC: Uint8Array = keccak256(
	Buffer.from('ExecutingMessage(bytes32,(address,uint256,uint256,uint256,uint256))'),
)

/** The same as text. */
export const EXECUTING_MESSAGE_TOPIC = encodeHexBytes(EVENT_TOPIC)

/** The event's topic and the payload hash of the initiating message. */
const EXECUTING_MESSAGE_TOPICS = 2

/** Payload = two topics, then five words of data. Offsets are those of the values behind their zero padding. */
const WORD = 32
const TOPICS_BYTES = EXECUTING_MESSAGE_TOPICS * TOPIC_BYTES
const DATA_BYTES = 5 * WORD
const PAYLOAD_HASH = TOPIC_BYTES
const ORIGIN_END = TOPICS_BYTES + WORD
const BLOCK_NUMBER_END = ORIGIN_END + WORD
const LOG_INDEX_END = BLOCK_NUMBER_END + WORD
const TIMESTAMP_END = LOG_INDEX_END + WORD
const UINT64 = 8
const UINT32 = 4

/** A log as the JSON of receipts has it. */
export interface LogContent {
	readonly address: string
	readonly topics: readonly string[]
	readonly data: string
}

/**
 * Reads the executing message of a log, if it is one: a log of the inbox with two topics, the first of them the
 * event's (protocol notes, "Messages"). Any other log of the inbox is an ordinary one.
 *
 * @param address 20 bytes
 * @param payload topics one after the other, then data
 * @throws InvalidExecutingMessageError if the data has another length than five words or bits set in the padding.
 */
export function decodeExecutingMessage(
	address: Uint8Array,
	topicCount: number,
	payload: Uint8Array,
): ExecutingMessage | undefined {
	if (topicCount !== EXECUTING_MESSAGE_TOPICS) return undefined
	if (!startsWith(address, INBOX_BYTES) || !startsWith(payload, EVENT_TOPIC)) return undefined
	const place = readExecutingPlace(payload)
	const initiating = logHash(
		payload.subarray(ORIGIN_END - ADDRESS_BYTES, ORIGIN_END),
		payload.subarray(PAYLOAD_HASH, PAYLOAD_HASH + TOPIC_BYTES),
	)
	return { ...place, checksum: messageChecksum({ ...place, logHash: initiating }) }
}

/**
 * What an executing message says but for the checksum, from its payload.
 * @throws as decodeExecutingMessage does
 */
export function readExecutingPlace(payload: Uint8Array): Omit<ExecutingMessage, 'checksum'> {
	const dataLength = payload.length - TOPICS_BYTES
	if (dataLength !== DATA_BYTES) {
		throw new InvalidExecutingMessageError(`unexpected identifier data length: ${dataLength}`)
	}
	requireZeros(payload, ORIGIN_END, ADDRESS_BYTES, 'address')
	requireZeros(payload, BLOCK_NUMBER_END, UINT64, 'block number')
	requireZeros(payload, LOG_INDEX_END, UINT32, 'log index')
	requireZeros(payload, TIMESTAMP_END, UINT64, 'timestamp')
	const view = new DataView(payload.buffer, payload.byteOffset, payload.length)
	return {
		chainId: chainIdFromBytes(payload, TIMESTAMP_END),
		blockNumber: view.getBigUint64(BLOCK_NUMBER_END - UINT64),
		timestamp: view.getBigUint64(TIMESTAMP_END - UINT64),
		logIndex: view.getUint32(LOG_INDEX_END - UINT32),
	}
}

/** The log that the inbox emits when `message` is executed. For generators and tests. */
export function encodeExecutingMessageLog(message: Message): LogContent {
	const { origin, blockNumber, logIndex, timestamp, chainId } = message.identifier
	const payload = Buffer.alloc(TOPICS_BYTES + DATA_BYTES)
	payload.set(EVENT_TOPIC)
	payload.set(hashToBytes(message.payloadHash), PAYLOAD_HASH)
	payload.write(origin.slice(2), ORIGIN_END - ADDRESS_BYTES, ADDRESS_BYTES, 'hex')
	payload.writeBigUInt64BE(blockNumber, BLOCK_NUMBER_END - UINT64)
	payload.writeUInt32BE(logIndex, LOG_INDEX_END - UINT32)
	payload.writeBigUInt64BE(timestamp, TIMESTAMP_END - UINT64)
	payload.set(chainIdToBytes(chainId), TIMESTAMP_END)
	return {
		address: INBOX_ADDRESS,
		topics: [EXECUTING_MESSAGE_TOPIC, message.payloadHash],
		data: encodeHexBytes(payload.subarray(TOPICS_BYTES)),
	}
}

function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
	for (let i = 0; i < prefix.length; i++) {
		if (bytes[i] !== prefix[i]) return false
	}
	return true
}

/** The word that ends at `end` holds a value of `size` bytes and nothing before it. */
function requireZeros(payload: Uint8Array, end: number, size: number, name: string): void {
	for (let i = end - WORD; i < end - size; i++) {
		if (payload[i] !== 0) throw new InvalidExecutingMessageError(`invalid ${name} padding: expected zero`)
	}
}
