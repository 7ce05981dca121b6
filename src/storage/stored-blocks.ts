import type { BlockId, BlockRef } from '../protocol/block.js'
import type { Numbered } from './number-table.js'
import type { CanonicalRow, L1Row, ScopeRow, SourceRow } from './rows.js'

/** A block of the local-unsafe chain. */
export type SealedBlock = BlockRef & { readonly logCount: number }

/** A block of the local-safe chain with the number of its first source. */
export type LocalSafeBlock = BlockRef & { readonly source: number; readonly scope: number | null }

/** A cross-safe block with the number of its scope. */
export type CrossSafeBlock = BlockId & { readonly scope: number }

/** What a chain had derived at an L1 block. */
export interface SourceLink {
	readonly source: BlockId
	/** The last L2 block derived from it, as known then. */
	readonly derived: BlockId
	readonly complete: boolean
}

/** The local-safe head with the newest L1 block from which it is known to be derived. */
export interface LocalSafeHead {
	readonly source: BlockId
	readonly derived: LocalSafeBlock
}

export function optional<Row, T>(
	found: Numbered<Row> | undefined,
	map: (row: Row, at: number) => T,
): T | undefined {
	return found && map(found.row, found.at)
}

export function optionalId(block: BlockId | undefined): BlockId | undefined {
	return block && { hash: block.hash, number: block.number }
}

export function sealed({ hash, parentHash, timestamp, logCount }: CanonicalRow, number: number): SealedBlock {
	return { hash, number, parentHash, timestamp, logCount }
}

export function l1Block({ hash, parentHash, timestamp }: L1Row, number: number): BlockRef {
	return { hash, number, parentHash, timestamp }
}

export function sourceLink(row: SourceRow, number: number): SourceLink {
	const derived = { hash: row.derivedHash, number: row.derivedNumber }
	return { source: { hash: row.hash, number }, derived, complete: row.complete }
}

export function scoped({ hash, number }: ScopeRow, scope: number): CrossSafeBlock {
	return { hash, number, scope }
}
