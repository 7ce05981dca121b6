import { type BlockRef, formatBlock, sameBlock } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import { ConflictError } from '../protocol/errors.js'
import { raiseGeneration } from './lower-heads.js'
import { chainTables, type Tables } from './tables.js'
import type { View } from './view.js'

/**
 * Puts the first block of a chain's log index: genesis or activation block, whose logs are not indexed. The same
 * anchor once more changes nothing; another one takes its place, with nothing above it, as long as none was derived.
 * @throws ConflictError if the chain has another anchor that is local-safe.
 */
export function startChain(tables: Tables, view: View, chainId: ChainId, anchor: BlockRef): void {
	const chain = chainTables(tables, chainId)
	const stored = view.anchor(chainId)
	if (stored !== undefined) {
		if (sameBlock(stored, anchor)) return
		if (view.localSafeHead(chainId) !== undefined) {
			throw new ConflictError(
				`chain ${chainId} starts at ${formatBlock(stored)}, not at ${formatBlock(anchor)}`,
			)
		}
		chain.canonical.removeAbove(-1)
		tables.state.put(`crossUnsafe/${chainId}`, { hash: anchor.hash, number: anchor.number })
		raiseGeneration(tables)
	}
	const { hash, parentHash, timestamp, number } = anchor
	chain.canonical.put(number, { hash, parentHash, timestamp, logCount: 0 })
}
