import type { Database } from 'lmdb'
import type { BlockId, BlockRef } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import type { Hash } from '../protocol/hash.js'
import { lendBinary } from './lend-binary.js'
import type { ReadOptions } from './number-table.js'
import { packValue, unpackValue } from './packed-value.js'

/** What `state` holds under which name. Heads that are the last row of a table are not repeated here. */
export interface StateValues {
	schema: number
	fingerprint: readonly StoredIdentity[]
	/** Raised by every transaction. */
	commits: number
	/** Raised by every cut. */
	generation: number
	failsafe: boolean
	finalizedL1: BlockRef
	[sweep: `sweep/${string}`]: SweepMark
	[disputed: `disputed/${string}`]: DisputedBlock | null
	[crossUnsafe: `crossUnsafe/${string}`]: BlockId
	[derivationOrigin: `derivationOrigin/${string}`]: BlockRef
}

/** Up to where log records may be swept, once no read can be under way that began before. */
export interface SweepMark {
	/** Milliseconds since 1970. */
	readonly at: number
	/** Records below this block are not named by any row. */
	readonly firstKept: number
	/** Up to this block the index is final: records of other blocks are of lost branches. */
	readonly final: number
}

/** A local-safe block of which the chain's nodes do not agree. While it stands the chain is not promoted. */
export interface DisputedBlock {
	/** As the store holds it. */
	readonly block: BlockId
	/** What another node has derived in its place. */
	readonly other: Hash
}

/** `ChainIdentity` as it is stored: chain IDs in decimal. */
export interface StoredIdentity {
	readonly chainId: string
	readonly l1Genesis: BlockId
	readonly l2Genesis: BlockId
	readonly l2Time: number
	readonly blockTime: number
	readonly interopTime: number | null
}

/** The one table of named values. */
export class StateTable {
	constructor(private readonly db: Database<Buffer, Buffer>) {}

	get<Name extends keyof StateValues>(name: Name, options: ReadOptions): StateValues[Name] | undefined {
		const bytes = lendBinary(this.db, Buffer.from(String(name)), options)
		if (bytes === undefined) return undefined
		return unpackValue(bytes, `state ${name}`) as StateValues[Name]
	}

	put<Name extends keyof StateValues>(name: Name, value: StateValues[Name]): void {
		this.db.putSync(Buffer.from(String(name)), packValue(value))
	}

	isEmpty(): boolean {
		return this.db.getCount({ limit: 1 }) === 0
	}

	disputed(chainId: ChainId, options: ReadOptions): DisputedBlock | undefined {
		return this.get(`disputed/${chainId}`, options) ?? undefined
	}

	crossUnsafe(chainId: ChainId, options: ReadOptions): BlockId | undefined {
		return this.get(`crossUnsafe/${chainId}`, options)
	}

	derivationOrigin(chainId: ChainId, options: ReadOptions): BlockRef | undefined {
		return this.get(`derivationOrigin/${chainId}`, options)
	}
}
