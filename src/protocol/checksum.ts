import { type ChainId, chainIdToBytes } from './chain-id.js'
import { bytesToHash, type Hash } from './hash.js'
import { KECCAK_BYTES, keccak256 } from './keccak.js'

/** A checksum stands in an access list as an entry of this type, which therefore replaces its first byte. */
export const CHECKSUM_TYPE = 0x03

/** Log index and block number are packed as uint32 and uint64 behind 12 zero bytes. */
const PACKED_BYTES = 64
const PACKED_HASH = 0
const PACKED_BLOCK_NUMBER = 44
const PACKED_TIMESTAMP = 52
const PACKED_LOG_INDEX = 60

/** A log in its place: all that the checksum of a message commits to. */
export interface ChecksumInput {
	/** 32 bytes. */
	readonly logHash: Uint8Array
	readonly chainId: ChainId
	readonly blockNumber: bigint
	readonly timestamp: bigint
	readonly logIndex: number
}

/**
 * The checksum of a message (protocol notes, "Messages"): with
 * `a = keccak(logHash | 12 zero bytes | blockNumber | timestamp | logIndex)` it is `keccak(a | chainId)`, the first
 * byte replaced by 0x03.
 */
export function messageChecksum(input: ChecksumInput): Hash {
	return bytesToHash(messageChecksumBytes(input))
}

/** Filled and hashed without anything in between; what is never written stays zero. */
const packed = Buffer.alloc(PACKED_BYTES)

/** The hash of that, then the chain's ID: hashing one array is quicker than hashing two. */
const chained = Buffer.alloc(2 * KECCAK_BYTES)

/** Of the last chains: a cluster has a few, over and over. */
const chainBytes = new Map<ChainId, Uint8Array>()
const MAX_CHAINS = 256

function bytesOfChain(chainId: ChainId): Uint8Array {
	const known = chainBytes.get(chainId)
	if (known !== undefined) return known
	if (chainBytes.size >= MAX_CHAINS) chainBytes.clear()
	const bytes = chainIdToBytes(chainId)
	chainBytes.set(chainId, bytes)
	return bytes
}

/** `messageChecksum` as 32 bytes. */
export function messageChecksumBytes(input: ChecksumInput): Uint8Array {
	packed.set(input.logHash, PACKED_HASH)
	packed.writeBigUInt64BE(input.blockNumber, PACKED_BLOCK_NUMBER)
	packed.writeBigUInt64BE(input.timestamp, PACKED_TIMESTAMP)
	packed.writeUInt32BE(input.logIndex, PACKED_LOG_INDEX)
	chained.set(keccak256(packed))
	chained.set(bytesOfChain(input.chainId), KECCAK_BYTES)
	const checksum = keccak256(chained)
	checksum[0] = CHECKSUM_TYPE
	return checksum
}
