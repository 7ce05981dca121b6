import { type ChainId, chainIdFromBytes, chainIdToBytes, compareChainIds } from './chain-id.js'
import { MalformedValueError } from './errors.js'
import { bytesToHash, type Hash, writeHash } from './hash.js'
import { encodeHexBytes } from './hex-bytes.js'
import { keccak256 } from './keccak.js'

export const SUPER_ROOT_VERSION = 0x01

/** `version (1 byte) | timestamp (uint64)`, then `chainId (32 bytes) | output root (32 bytes)` per chain. */
const HEADER_BYTES = 9
const TIMESTAMP = 1
const CHAIN_BYTES = 64
const CHAIN_OUTPUT = 32

export interface ChainOutputRoot {
	readonly chainId: ChainId
	readonly output: Hash
}

/** The state of all chains of a cluster at one time. */
export interface SuperV1 {
	/** Seconds since 1970. */
	readonly timestamp: bigint
	readonly chains: readonly ChainOutputRoot[]
}

/** The bytes whose hash is the super root. Chains are put in ascending order (protocol notes, "Super root"). */
export function encodeSuperPreimage(root: SuperV1): Uint8Array {
	const bytes = Buffer.alloc(HEADER_BYTES + CHAIN_BYTES * root.chains.length)
	bytes[0] = SUPER_ROOT_VERSION
	bytes.writeBigUInt64BE(root.timestamp, TIMESTAMP)
	let offset = HEADER_BYTES
	for (const chain of root.chains.toSorted((a, b) => compareChainIds(a.chainId, b.chainId))) {
		bytes.set(chainIdToBytes(chain.chainId), offset)
		writeHash(bytes, chain.output, offset + CHAIN_OUTPUT)
		offset += CHAIN_BYTES
	}
	return bytes
}

/** @throws MalformedValueError for another version, for a length that does not fit, and without any chain. */
export function decodeSuperPreimage(bytes: Uint8Array, field = 'super root'): SuperV1 {
	if (bytes.length > 0 && bytes[0] !== SUPER_ROOT_VERSION) {
		throw new MalformedValueError(`${field} version`, `${SUPER_ROOT_VERSION}`, bytes[0])
	}
	const chainsLength = bytes.length - HEADER_BYTES
	if (chainsLength < CHAIN_BYTES || chainsLength % CHAIN_BYTES !== 0) {
		throw new MalformedValueError(
			field,
			`${HEADER_BYTES} + n * ${CHAIN_BYTES} bytes, n > 0`,
			encodeHexBytes(bytes),
		)
	}
	const chains: ChainOutputRoot[] = []
	for (let offset = HEADER_BYTES; offset < bytes.length; offset += CHAIN_BYTES) {
		chains.push({
			chainId: chainIdFromBytes(bytes, offset),
			output: bytesToHash(bytes, offset + CHAIN_OUTPUT),
		})
	}
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
	return { timestamp: view.getBigUint64(TIMESTAMP), chains }
}

export function superRoot(root: SuperV1): Hash {
	return bytesToHash(keccak256(encodeSuperPreimage(root)))
}
