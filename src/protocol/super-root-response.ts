import type { BlockId } from './block.js'
import { type ChainId, formatChainId, parseChainId } from './chain-id.js'
import { encodeBlockId } from './encode-block.js'
import { MalformedValueError } from './errors.js'
import { type Hash, parseHash } from './hash.js'
import { encodeHexBytes, parseHexBytes } from './hex-bytes.js'
import { encodeHexUint64, parseHexUint64 } from './hex-uint64.js'
import { parseBlockId } from './parse-block.js'
import { parseRecord, readField } from './record.js'

/** One chain of `supervisor_superRootAtTimestamp`. */
export interface ChainRootInfo {
	readonly chainId: ChainId
	/** Output root of the cross-safe block. */
	readonly canonical: Hash
	/** Output preimage of the block as it was first derived (128 bytes). */
	readonly pending: Uint8Array
}

/** Result of `supervisor_superRootAtTimestamp`. */
export interface SuperRootResponse {
	readonly crossSafeDerivedFrom: BlockId
	readonly timestamp: bigint
	readonly superRoot: Hash
	readonly version: number
	/** Ascending by ID. */
	readonly chains: readonly ChainRootInfo[]
}

export interface SuperRootResponseJson {
	readonly crossSafeDerivedFrom: BlockId
	readonly timestamp: string
	readonly superRoot: Hash
	readonly version: string
	readonly chains: readonly { readonly chainID: string; readonly canonical: Hash; readonly pending: string }[]
}

export function encodeSuperRootResponse(response: SuperRootResponse): SuperRootResponseJson {
	return {
		crossSafeDerivedFrom: encodeBlockId(response.crossSafeDerivedFrom),
		timestamp: encodeHexUint64(response.timestamp),
		superRoot: response.superRoot,
		version: encodeHexBytes(Uint8Array.of(response.version)),
		chains: response.chains.map((chain) => ({
			chainID: formatChainId(chain.chainId),
			canonical: chain.canonical,
			pending: encodeHexBytes(chain.pending),
		})),
	}
}

/** @throws MalformedValueError naming the member that is wrong. `chains: null` reads as none. */
export function parseSuperRootResponse(value: unknown, field: string): SuperRootResponse {
	const record = parseRecord(value, field)
	const [version] = parseHexBytes(readField(record, 'version'), `${field}.version`, 1)
	const chains = readField(record, 'chains') ?? []
	if (!Array.isArray(chains)) throw new MalformedValueError(`${field}.chains`, 'an array', chains)
	return {
		crossSafeDerivedFrom: parseBlockId(
			readField(record, 'crossSafeDerivedFrom'),
			`${field}.crossSafeDerivedFrom`,
		),
		timestamp: parseHexUint64(readField(record, 'timestamp'), `${field}.timestamp`),
		superRoot: parseHash(readField(record, 'superRoot'), `${field}.superRoot`),
		version: version ?? 0,
		chains: chains.map((chain: unknown, i) => parseChainRootInfo(chain, `${field}.chains[${i}]`)),
	}
}

function parseChainRootInfo(value: unknown, field: string): ChainRootInfo {
	const record = parseRecord(value, field)
	return {
		chainId: parseChainId(readField(record, 'chainID'), `${field}.chainID`),
		canonical: parseHash(readField(record, 'canonical'), `${field}.canonical`),
		pending: parseHexBytes(readField(record, 'pending'), `${field}.pending`),
	}
}
