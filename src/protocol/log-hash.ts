import { bytesToHash, type Hash } from './hash.js'
import { keccak256 } from './keccak.js'

/** An Ethereum address has 20 bytes, a topic 32. */
export const ADDRESS_BYTES = 20
export const TOPIC_BYTES = 32

/** The EVM has LOG0 to LOG4. */
export const MAX_TOPICS = 4

/** Hash of a log's payload: its topics one after the other, then its data (protocol notes, "Messages"). */
export function payloadHash(topics: readonly Uint8Array[], data: Uint8Array): Uint8Array {
	return keccak256(...topics, data)
}

/** What identifies a log by content: hash of `address (20 bytes) | payloadHash (32 bytes)`. */
export function logHash(address: Uint8Array, payload: Uint8Array): Uint8Array {
	return keccak256(address, payload)
}

/** `logHash` as canonical hex. */
export function logHashHex(address: Uint8Array, payload: Uint8Array): Hash {
	return bytesToHash(logHash(address, payload))
}
