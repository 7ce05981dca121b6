import { type ChainId, chainIdFromBigint, formatChainId, parseChainId } from './chain-id.js'
import { encodeHexUint64, parseHexUint64 } from './hex-uint64.js'
import { parseRecord, readField } from './record.js'

/** In a descriptor: the executing chain is the initiating one. */
export const SAME_CHAIN: ChainId = chainIdFromBigint(0n)

/** Where and when a message is going to be executed (protocol notes, "checkAccessList"). */
export interface ExecutingDescriptor {
	/** `SAME_CHAIN` if the caller left it out. */
	readonly chainId: ChainId
	/** Seconds since 1970. */
	readonly timestamp: bigint
	/** The message must stay valid for so many seconds longer; 0 if the caller left it out. */
	readonly timeout: bigint
}

export interface ExecutingDescriptorJson {
	readonly chainID: string
	readonly timestamp: string
	readonly timeout?: string
}

/**
 * Reads `{chainID?, timestamp?, timeout?}`; null counts as empty. Whatever is missing is zero, as with the peers: a
 * descriptor without a time then fails the link check of every message.
 * @throws MalformedValueError naming the member that is wrong.
 */
export function parseExecutingDescriptor(value: unknown, field: string): ExecutingDescriptor {
	const record = value === null ? {} : parseRecord(value, field)
	const chainId = readField(record, 'chainID')
	const timestamp = readField(record, 'timestamp')
	const timeout = readField(record, 'timeout')
	return {
		chainId:
			chainId === undefined || chainId === null ? SAME_CHAIN : parseChainId(chainId, `${field}.chainID`),
		timestamp: timestamp === undefined ? 0n : parseHexUint64(timestamp, `${field}.timestamp`),
		timeout: timeout === undefined ? 0n : parseHexUint64(timeout, `${field}.timeout`),
	}
}

/** A time-out of zero is left out. */
export function encodeExecutingDescriptor(descriptor: ExecutingDescriptor): ExecutingDescriptorJson {
	return {
		chainID: formatChainId(descriptor.chainId),
		timestamp: encodeHexUint64(descriptor.timestamp),
		...(descriptor.timeout === 0n ? {} : { timeout: encodeHexUint64(descriptor.timeout) }),
	}
}
