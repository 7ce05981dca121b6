import { MalformedValueError } from './errors.js'

declare const chainIdBrand: unique symbol

/** A chain ID of 256 bits. As bigint it compares with `===`, sorts, and is a Map key. */
export type ChainId = bigint & { readonly [chainIdBrand]: true }

const CHAIN_ID_LIMIT = 1n << 256n

/** The peers take decimals with leading zeros and with a plus sign. The bound keeps BigInt() cheap on hostile input. */
const DECIMAL_PATTERN = /^\+?[0-9]{1,100}$/

/** Hex quantities have no leading zeros. */
const HEX_PATTERN = /^0[xX](?:0|[1-9a-fA-F][0-9a-fA-F]{0,63})$/

/** Brands a bigint. @throws MalformedValueError if it has more than 256 bits or is negative. */
export function chainIdFromBigint(value: bigint, field = 'chain ID'): ChainId {
	if (value < 0n || value >= CHAIN_ID_LIMIT) {
		throw new MalformedValueError(field, 'a chain ID of at most 256 bits', value)
	}
	return value as ChainId
}

/**
 * Reads a chain ID from JSON: a string, decimal or hex with `0x` (protocol notes, "JSON encodings"). A JSON number
 * is refused, as the peers do, because it would be rounded.
 * @throws MalformedValueError naming `field`.
 */
export function parseChainId(value: unknown, field: string): ChainId {
	if (typeof value === 'string') {
		if (HEX_PATTERN.test(value)) return BigInt(`0x${value.slice(2)}`) as ChainId
		if (DECIMAL_PATTERN.test(value)) {
			const parsed = BigInt(value.startsWith('+') ? value.slice(1) : value)
			if (parsed < CHAIN_ID_LIMIT) return parsed as ChainId
		}
	}
	throw new MalformedValueError(field, 'a chain ID of at most 256 bits as decimal or 0x string', value)
}

/** How a chain ID stands in JSON and in the keys of maps: decimal. */
export function formatChainId(chainId: ChainId): string {
	return chainId.toString()
}

/** The 32 bytes, big-endian. */
export function chainIdToBytes(chainId: ChainId): Uint8Array {
	return Buffer.from(chainId.toString(16).padStart(64, '0'), 'hex')
}

/** Reads 32 bytes, big-endian, at `offset`. */
export function chainIdFromBytes(bytes: Uint8Array, offset = 0): ChainId {
	const view = Buffer.from(bytes.buffer, bytes.byteOffset + offset, 32)
	return BigInt(`0x${view.toString('hex')}`) as ChainId
}

/** For sorting: ascending. */
export function compareChainIds(a: ChainId, b: ChainId): number {
	return a < b ? -1 : a > b ? 1 : 0
}
