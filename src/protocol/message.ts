import { type ChainId, chainIdFromBigint } from './chain-id.js'
import { MalformedValueError } from './errors.js'
import { type Hash, parseHash } from './hash.js'
import { encodeHexUint64, parseHexUint64 } from './hex-uint64.js'
import { parseRecord, readField } from './record.js'

/** 20 bytes as lower-case hex with `0x`. */
export type Address = `0x${string}`

/** Where an initiating message stands: the argument of the inbox contract. */
export interface MessageIdentifier {
	readonly origin: Address
	readonly blockNumber: bigint
	readonly logIndex: number
	readonly timestamp: bigint
	readonly chainId: ChainId
}

/** A message as it is given to the inbox contract for execution. */
export interface Message {
	readonly identifier: MessageIdentifier
	readonly payloadHash: Hash
}

export interface MessageIdentifierJson {
	readonly origin: string
	readonly blockNumber: string
	readonly logIndex: string
	readonly timestamp: string
	readonly chainID: string
}

const ADDRESS = /^0x[0-9a-fA-F]{40}$/
const QUANTITY_256 = /^0[xX](?:0|[1-9a-fA-F][0-9a-fA-F]{0,63})$/

/** Log indices are uint32. */
export const MAX_LOG_INDEX = 2 ** 32 - 1

/**
 * Reads `{origin, blockNumber, logIndex, timestamp, chainID}`: hex quantities all, the chain ID of 256 bits too (it
 * is not in decimal here).
 * @throws MalformedValueError naming the member that is wrong.
 */
export function parseMessageIdentifier(value: unknown, field: string): MessageIdentifier {
	const record = parseRecord(value, field)
	const origin = readField(record, 'origin')
	if (typeof origin !== 'string' || !ADDRESS.test(origin)) {
		throw new MalformedValueError(`${field}.origin`, 'a 0x-prefixed address of 20 bytes', origin)
	}
	const logIndex = parseHexUint64(readField(record, 'logIndex'), `${field}.logIndex`)
	if (logIndex > MAX_LOG_INDEX) {
		throw new MalformedValueError(`${field}.logIndex`, 'a log index of at most 32 bits', logIndex)
	}
	const chainId = readField(record, 'chainID')
	if (typeof chainId !== 'string' || !QUANTITY_256.test(chainId)) {
		throw new MalformedValueError(`${field}.chainID`, 'a 0x hex quantity of at most 256 bits', chainId)
	}
	return {
		origin: origin.toLowerCase() as Address,
		blockNumber: parseHexUint64(readField(record, 'blockNumber'), `${field}.blockNumber`),
		logIndex: Number(logIndex),
		timestamp: parseHexUint64(readField(record, 'timestamp'), `${field}.timestamp`),
		chainId: chainIdFromBigint(BigInt(`0x${chainId.slice(2)}`)),
	}
}

/** @throws MalformedValueError naming the member that is wrong. */
export function parseMessage(value: unknown, field: string): Message {
	const record = parseRecord(value, field)
	return {
		identifier: parseMessageIdentifier(readField(record, 'identifier'), `${field}.identifier`),
		payloadHash: parseHash(readField(record, 'payloadHash'), `${field}.payloadHash`),
	}
}

export function encodeMessageIdentifier(identifier: MessageIdentifier): MessageIdentifierJson {
	return {
		origin: identifier.origin,
		blockNumber: encodeHexUint64(identifier.blockNumber),
		logIndex: encodeHexUint64(identifier.logIndex),
		timestamp: encodeHexUint64(identifier.timestamp),
		chainID: encodeHexUint64(identifier.chainId),
	}
}

export function encodeMessage(message: Message): { identifier: MessageIdentifierJson; payloadHash: Hash } {
	return { identifier: encodeMessageIdentifier(message.identifier), payloadHash: message.payloadHash }
}
