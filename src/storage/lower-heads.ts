import type { BlockId } from '../protocol/block.js'
import type { ChainTables, Tables } from './tables.js'

/** Every cut ends with this, so that computations on an older view can tell that they are void. */
export function raiseGeneration(tables: Tables): void {
	tables.state.put('generation', (tables.state.get('generation', {}) ?? 0) + 1)
}

/** Lowers the cross-unsafe head of a chain to `to` if it is above it, but never below the cross-safe head. */
export function lowerCrossUnsafe(tables: Tables, chain: ChainTables, to: BlockId): void {
	const head = tables.state.crossUnsafe(chain.chainId, {})
	if (head === undefined || head.number <= to.number) return
	const safe = chain.scopes.last({})?.row
	const lowered = safe !== undefined && safe.number > to.number ? safe : to
	tables.state.put(`crossUnsafe/${chain.chainId}`, { hash: lowered.hash, number: lowered.number })
}
