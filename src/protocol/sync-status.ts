import type { BlockId, BlockRef } from './block.js'
import { type ChainId, formatChainId, parseChainId } from './chain-id.js'
import { encodeBlockId, encodeBlockRef } from './encode-block.js'
import { parseBlockId, parseBlockRef } from './parse-block.js'
import { parseUint } from './parse-uint.js'
import { parseRecord, readField } from './record.js'

/** The heads of one chain in `supervisor_syncStatus`. Unknown ones are all-zero. */
export interface ChainSyncStatus {
	readonly localUnsafe: BlockRef
	readonly localSafe: BlockId
	readonly crossUnsafe: BlockId
	/** Cross-safe. */
	readonly safe: BlockId
	readonly finalized: BlockId
}

/** Result of `supervisor_syncStatus`. */
export interface SyncStatus {
	/** The lowest L1 block to which the derivation of any chain has come. */
	readonly minSyncedL1: BlockRef
	/** The lowest time of the cross-safe and finalized heads, in seconds since 1970. */
	readonly safeTimestamp: number
	readonly finalizedTimestamp: number
	readonly chains: ReadonlyMap<ChainId, ChainSyncStatus>
}

export interface SyncStatusJson {
	readonly minSyncedL1: BlockRef
	readonly safeTimestamp: number
	readonly finalizedTimestamp: number
	readonly chains: Readonly<Record<string, ChainSyncStatus>>
}

export function encodeSyncStatus(status: SyncStatus): SyncStatusJson {
	return {
		minSyncedL1: encodeBlockRef(status.minSyncedL1),
		safeTimestamp: status.safeTimestamp,
		finalizedTimestamp: status.finalizedTimestamp,
		chains: encodeChainMap(status.chains, encodeChainSyncStatus),
	}
}

/** @throws MalformedValueError naming the member that is wrong. `chains: null` reads as none. */
export function parseSyncStatus(value: unknown, field: string): SyncStatus {
	const record = parseRecord(value, field)
	return {
		minSyncedL1: parseBlockRef(readField(record, 'minSyncedL1'), `${field}.minSyncedL1`),
		safeTimestamp: parseUint(readField(record, 'safeTimestamp'), `${field}.safeTimestamp`),
		finalizedTimestamp: parseUint(readField(record, 'finalizedTimestamp'), `${field}.finalizedTimestamp`),
		chains: parseChainMap(readField(record, 'chains') ?? {}, `${field}.chains`, parseChainSyncStatus),
	}
}

/** An object with a member per chain, keyed by the decimal ID. */
export function encodeChainMap<T, J>(
	chains: ReadonlyMap<ChainId, T>,
	encode: (value: T) => J,
): Record<string, J> {
	return Object.fromEntries([...chains].map(([chainId, value]) => [formatChainId(chainId), encode(value)]))
}

/** @throws MalformedValueError naming the member that is wrong. */
export function parseChainMap<T>(
	value: unknown,
	field: string,
	parse: (value: unknown, field: string) => T,
): Map<ChainId, T> {
	const entries = Object.entries(parseRecord(value, field))
	return new Map(entries.map(([key, member]) => [parseChainId(key, field), parse(member, `${field}.${key}`)]))
}

function encodeChainSyncStatus(status: ChainSyncStatus): ChainSyncStatus {
	return {
		localUnsafe: encodeBlockRef(status.localUnsafe),
		localSafe: encodeBlockId(status.localSafe),
		crossUnsafe: encodeBlockId(status.crossUnsafe),
		safe: encodeBlockId(status.safe),
		finalized: encodeBlockId(status.finalized),
	}
}

function parseChainSyncStatus(value: unknown, field: string): ChainSyncStatus {
	const record = parseRecord(value, field)
	return {
		localUnsafe: parseBlockRef(readField(record, 'localUnsafe'), `${field}.localUnsafe`),
		localSafe: parseBlockId(readField(record, 'localSafe'), `${field}.localSafe`),
		crossUnsafe: parseBlockId(readField(record, 'crossUnsafe'), `${field}.crossUnsafe`),
		safe: parseBlockId(readField(record, 'safe'), `${field}.safe`),
		finalized: parseBlockId(readField(record, 'finalized'), `${field}.finalized`),
	}
}
