import { type BlockRef, formatBlock, sameBlock } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import { ConflictError } from '../protocol/errors.js'
import { chainTables, type Tables } from './tables.js'
import type { View } from './view.js'

/**
 * Puts the first block of a chain's log index: genesis or activation block, whose logs are not indexed. The same
 * anchor once more changes nothing.
 * @throws ConflictError if the chain has another anchor.
 */
export function startChain(tables: Tables, view: View, chainId: ChainId, anchor: BlockRef): void {
	const chain = chainTables(tables, chainId)
	const stored = view.anchor(chainId)
	if (stored !== undefined) {
		if (sameBlock(stored, anchor)) return
		throw new ConflictError(
			`chain ${chainId} starts at ${formatBlock(stored)}, not at ${formatBlock(anchor)}`,
		)
	}
	const { hash, parentHash, timestamp, number } = anchor
	chain.canonical.put(number, { hash, parentHash, timestamp, logCount: 0 })
}
