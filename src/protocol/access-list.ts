import { type ChainId, chainIdFromBigint, formatChainId, parseChainId } from './chain-id.js'
import { CHECKSUM_TYPE } from './checksum.js'
import { MalformedValueError, ProtocolError } from './errors.js'
import { type Hash, parseHash } from './hash.js'
import { encodeHexUint64, parseHexUint64 } from './hex-uint64.js'
import { MAX_LOG_INDEX } from './message.js'
import { parseUint } from './parse-uint.js'
import { parseRecord, readField } from './record.js'

/** Types of entries, their first byte (protocol notes, "Access lists"). */
const LOOKUP_TYPE = 0x01
const CHAIN_ID_EXTENSION_TYPE = 0x02

/** Offsets in an entry's hex text. */
const LOOKUP_PADDING = '000000'
const EXTENSION_PADDING = '00000000000000'
const AFTER_TYPE = 4

const LOW_64_BITS = 64n

/** A message that a transaction is going to execute, as its access list names it. */
export interface Access {
	readonly blockNumber: bigint
	readonly timestamp: bigint
	readonly logIndex: number
	readonly chainId: ChainId
	/** First byte 0x03. */
	readonly checksum: Hash
}

export interface AccessJson {
	readonly blockNumber: string
	readonly timestamp: string
	readonly logIndex: number
	readonly chainID: string
	readonly checksum: Hash
}

/** An access list that breaks the format. The message ends in the words that the peers use. */
export class AccessListError extends ProtocolError {
	readonly code = -32602
	constructor(
		/** Index of the entry that is wrong; the length of the list if an entry is missing at its end. */
		readonly entry: number,
		readonly reason: string,
		/** The accesses that stand whole before it. */
		readonly accesses: readonly Access[],
	) {
		super('malformed access list', `entry ${entry}: ${reason}`)
	}
}

/**
 * Reads the inbox's storage keys of an access list: per message a lookup, an extension if the chain ID has more than
 * 64 bits (one of zero is redundant but taken), a checksum. An empty list is fine.
 * @throws AccessListError naming the first entry that is wrong or missing.
 */
export function parseAccessList(entries: readonly Hash[]): Access[] {
	const accesses: Access[] = []
	let next = 0
	const refuse = (reason: string) => new AccessListError(next, reason, accesses)
	const current = () => {
		const entry = entries[next]
		if (entry === undefined) throw refuse('expected entry')
		return entry
	}
	while (next < entries.length) {
		const lookup = current()
		if (entryType(lookup) !== LOOKUP_TYPE) throw refuse(unexpectedType('lookup', lookup))
		if (!lookup.startsWith(LOOKUP_PADDING, AFTER_TYPE)) throw refuse('expected zero bytes: malformed entry')
		next++
		let upperChainId = 0n
		if (entryType(current()) === CHAIN_ID_EXTENSION_TYPE) {
			const extension = current()
			if (!extension.startsWith(EXTENSION_PADDING, AFTER_TYPE)) {
				throw refuse('expected zero bytes: malformed entry')
			}
			upperChainId = uint(extension, 8, 32)
			next++
		}
		const checksum = current()
		if (entryType(checksum) !== CHECKSUM_TYPE) throw refuse(unexpectedType('checksum', checksum))
		next++
		accesses.push({
			blockNumber: uint(lookup, 12, 20),
			timestamp: uint(lookup, 20, 28),
			logIndex: Number(uint(lookup, 28, 32)),
			chainId: chainIdFromBigint((upperChainId << LOW_64_BITS) | uint(lookup, 4, 12)),
			checksum,
		})
	}
	return accesses
}

/** The storage keys for `accesses`; an extension is written only for a chain ID of more than 64 bits. */
export function encodeAccessList(accesses: readonly Access[]): Hash[] {
	return accesses.flatMap((access) => {
		const chainId = access.chainId.toString(16).padStart(64, '0')
		const lookup = [
			`0x01${LOOKUP_PADDING}`,
			chainId.slice(48),
			access.blockNumber.toString(16).padStart(16, '0'),
			access.timestamp.toString(16).padStart(16, '0'),
			access.logIndex.toString(16).padStart(8, '0'),
		].join('') as Hash
		if (access.chainId >> LOW_64_BITS === 0n) return [lookup, access.checksum]
		return [lookup, `0x02${EXTENSION_PADDING}${chainId.slice(0, 48)}` as Hash, access.checksum]
	})
}

export function encodeAccess(access: Access): AccessJson {
	return {
		blockNumber: encodeHexUint64(access.blockNumber),
		timestamp: encodeHexUint64(access.timestamp),
		logIndex: access.logIndex,
		chainID: formatChainId(access.chainId),
		checksum: access.checksum,
	}
}

/** @throws MalformedValueError naming the member that is wrong. */
export function parseAccess(value: unknown, field: string): Access {
	const record = parseRecord(value, field)
	const logIndex = parseUint(readField(record, 'logIndex'), `${field}.logIndex`)
	if (logIndex > MAX_LOG_INDEX) {
		throw new MalformedValueError(`${field}.logIndex`, 'a log index of at most 32 bits', logIndex)
	}
	return {
		blockNumber: parseHexUint64(readField(record, 'blockNumber'), `${field}.blockNumber`),
		timestamp: parseHexUint64(readField(record, 'timestamp'), `${field}.timestamp`),
		logIndex,
		chainId: parseChainId(readField(record, 'chainID'), `${field}.chainID`),
		checksum: parseHash(readField(record, 'checksum'), `${field}.checksum`),
	}
}

function entryType(entry: Hash): number {
	return Number.parseInt(entry.slice(2, AFTER_TYPE), 16)
}

function unexpectedType(expected: string, entry: Hash): string {
	return `expected ${expected}, got entry type ${entryType(entry)}: unexpected entry type`
}

/** Bytes `from` to `to` of an entry, big-endian. */
function uint(entry: Hash, from: number, to: number): bigint {
	return BigInt(`0x${entry.slice(2 + 2 * from, 2 + 2 * to)}`)
}
