import type { Database } from 'lmdb'
import type { BlockId, BlockRef } from '../protocol/block.js'
import { bytesToHash } from '../protocol/hash.js'
import { blockKey, numberKey, readUint64 } from './keys.js'
import { lendBinary } from './lend-binary.js'
import type { ReadOptions } from './number-table.js'
import { packValue, unpackValue } from './packed-value.js'

/** A block that was found invalid. Without a replacement it is the durable marker: the chain waits for one. */
export interface InvalidatedBlock {
	readonly block: BlockRef
	/** Number of the first L1 block from which the block was derived. */
	readonly source: number
	/** Number of the L1 block within whose scope it was found invalid. */
	readonly scope: number
	readonly replacement: BlockId | null
	/** Name of the rule that it broke. */
	readonly rule: string
	/** Seconds since 1970 at which it was found. */
	readonly time: number
}

/** Invalidated blocks of one chain, by number and hash. There are few: reading all of them is cheap. */
export class InvalidatedTable {
	constructor(
		readonly name: string,
		private readonly db: Database<Buffer, Buffer>,
	) {}

	get(block: BlockId, options: ReadOptions): InvalidatedBlock | undefined {
		const bytes = lendBinary(this.db, blockKey(block), options)
		return bytes && this.decode(block, bytes)
	}

	*rows(options: ReadOptions): Generator<InvalidatedBlock> {
		for (const { key, value } of this.db.getRange({ ...options, start: numberKey(0) })) {
			const bytes = Buffer.from(key)
			yield this.decode({ number: readUint64(bytes, 0), hash: bytesToHash(bytes, 8) }, value)
		}
	}

	/** The block that waits for its replacement; there is never more than one. */
	pending(options: ReadOptions): InvalidatedBlock | undefined {
		for (const row of this.rows(options)) if (row.replacement === null) return row
		return undefined
	}

	put(row: InvalidatedBlock): void {
		const { block, ...rest } = row
		const { parentHash, timestamp } = block
		this.db.putSync(blockKey(block), packValue({ parentHash, timestamp, ...rest }))
	}

	/** Removes what was found invalid within a scope above `scope`, markers included. */
	removeScopesAbove(scope: number): void {
		for (const row of [...this.rows({})]) if (row.scope > scope) this.db.removeSync(blockKey(row.block))
	}

	private decode(id: BlockId, bytes: Buffer): InvalidatedBlock {
		type Stored = Omit<InvalidatedBlock, 'block'> & Pick<BlockRef, 'parentHash' | 'timestamp'>
		const stored = unpackValue(bytes, `row ${id.number} ${id.hash} of ${this.name}`) as Stored
		const { parentHash, timestamp, ...rest } = stored
		return { block: { hash: id.hash, number: id.number, parentHash, timestamp }, ...rest }
	}
}
