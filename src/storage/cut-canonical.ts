import { type BlockId, formatBlock } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import { ConflictError } from '../protocol/errors.js'
import { lowerCrossUnsafe, raiseGeneration } from './lower-heads.js'
import { chainTables, type Tables } from './tables.js'
import type { View } from './view.js'

/**
 * Cuts the local-unsafe chain above `to`. The log blocks stay: switching back to them costs nothing.
 * @throws ConflictError if `to` is not on the chain, or below the cross-safe head.
 */
export function cutCanonical(tables: Tables, view: View, chainId: ChainId, to: BlockId): void {
	const stored = view.canonical(chainId, to.number)
	if (stored?.hash !== to.hash)
		throw new ConflictError(
			`chain ${chainId}: cannot cut to ${formatBlock(to)}, the chain has ${stored === undefined ? 'no such block' : formatBlock(stored)}`,
		)
	const safe = view.crossSafeHead(chainId)
	if (safe !== undefined && safe.number > to.number)
		throw new ConflictError(
			`chain ${chainId}: cannot cut to ${formatBlock(to)}, below the cross-safe ${formatBlock(safe)}`,
		)
	removeCanonicalAbove(tables, chainId, to)
}

/** The cut itself, for callers that have made sure that it may be made. */
export function removeCanonicalAbove(tables: Tables, chainId: ChainId, to: BlockId): void {
	const chain = chainTables(tables, chainId)
	if (chain.canonical.removeAbove(to.number) === 0) return
	lowerCrossUnsafe(tables, chain, to)
	raiseGeneration(tables)
}
