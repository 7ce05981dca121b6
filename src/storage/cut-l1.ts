import { type BlockId, formatBlock } from '../protocol/block.js'
import { ConflictError } from '../protocol/errors.js'
import { trimSources } from './cut-local-safe.js'
import { lowerCrossUnsafe, raiseGeneration } from './lower-heads.js'
import type { ChainTables, Tables } from './tables.js'
import type { View } from './view.js'

/**
 * An L1 reorg to block `to`: for all chains, removes what was derived, settled or invalidated within L1 blocks above
 * it. A chain whose first block was derived from above it is left with nothing but its log index.
 * @throws ConflictError if `to` is not on the stored L1 chain, or below the finalized L1 block.
 */
export function cutL1(tables: Tables, view: View, to: BlockId): void {
	const stored = view.l1(to.number)
	if (stored?.hash !== to.hash)
		throw new ConflictError(
			`cannot cut L1 to ${formatBlock(to)}, it has ${stored === undefined ? 'no such block' : formatBlock(stored)}`,
		)
	const finalized = view.finalizedL1
	if (finalized !== undefined && finalized.number > to.number)
		throw new ConflictError(
			`cannot cut L1 to ${formatBlock(to)}, below the finalized ${formatBlock(finalized)}`,
		)
	tables.l1.removeAbove(to.number)
	for (const chain of tables.chains.values()) {
		cutChain(tables, chain, to.number)
		const origin = view.derivationOrigin(chain.chainId)
		if (origin !== undefined && origin.number > to.number)
			tables.state.put(`derivationOrigin/${chain.chainId}`, stored)
	}
	raiseGeneration(tables)
}

function cutChain(tables: Tables, chain: ChainTables, l1: number): void {
	chain.invalidated.removeScopesAbove(l1)
	chain.scopes.removeAbove(l1)
	chain.crossSafe.removeAbove(chain.scopes.last({})?.row.number ?? -1)
	chain.sources.removeAbove(l1)
	let head = chain.localSafe.last({})
	while (head !== undefined && head.row.source > l1) {
		chain.localSafe.remove(head.at)
		head = chain.localSafe.last({})
	}
	trimSources(chain)
	const safe = chain.scopes.last({})?.row
	if (safe !== undefined) lowerCrossUnsafe(tables, chain, tables.state.crossUnsafe(chain.chainId, {}) ?? safe)
}
