import type { ChainId } from '../protocol/chain-id.js'
import type { ChainTables, Tables } from './tables.js'
import type { View } from './view.js'

export interface PruneOptions {
	/** Seconds. Blocks that are so much older than what is final in all chains are not kept. */
	readonly retention: number
	/** Blocks of each chain that are removed at most. */
	readonly limit: number
}

/** The block with which a chain begins after pruning, but for its anchor. */
interface Cut {
	readonly chain: ChainTables
	readonly from: number
	readonly to: number
}

/**
 * Whether `prune` would remove anything, and for which chains.
 * @returns nothing while a chain has no final block: what its blocks may execute is not known then.
 */
export function cutsOf(tables: Tables, view: View, { retention, limit }: PruneOptions): Cut[] {
	const finals = view.chainIds.map((chainId) => finalTime(view, chainId))
	// Nothing that is not final yet can execute a message of before this, because it would have expired.
	const horizon = Math.min(...finals.map((final) => final?.timestamp ?? 0)) - retention
	const cuts: Cut[] = []
	for (const chain of tables.chains.values()) {
		const final = finalTime(view, chain.chainId)
		const from = view.firstCrossSafe(chain.chainId)?.number
		if (final === undefined || from === undefined) return []
		let to = from
		for (const block of view.localSafeFrom(chain.chainId, from)) {
			to = block.number
			if (block.timestamp >= horizon || to >= final.number || to - from >= limit) break
		}
		if (to > from) cuts.push({ chain, from, to })
	}
	return cuts
}

/**
 * Removes the oldest blocks of all chains, and the L1 blocks that no chain needs any more. The anchor stays in the log
 * index, as the block that nodes are compared with and reset to; invalidated blocks stay, because nodes that derive a
 * chain from its beginning must be told of them. Log records stay for `sweep`.
 * Raises no generation: nothing that was verified, or will be, rests on what goes (docs/storage.md, "Retention").
 * @returns how many blocks were removed
 */
export function prune(tables: Tables, view: View, options: PruneOptions): number {
	let blocks = 0
	const cuts = cutsOf(tables, view, options)
	for (const { chain, from, to } of cuts) {
		const options = {}
		const first = view.localSafe(chain.chainId, to)
		const scope = chain.crossSafe.get(to, options)?.scope
		if (first === undefined || scope === undefined || chain.canonical.get(to, options) === undefined) continue
		const anchor = view.anchor(chain.chainId)?.number ?? from
		chain.canonical.removeRange(Math.max(from, anchor + 1), to)
		chain.localSafe.removeRange(from, to)
		chain.localSafe.put(to, first)
		chain.crossSafe.removeRange(from, to)
		chain.sources.removeRange(0, first.source)
		chain.scopes.removeRange(0, scope)
		blocks += to - from
	}
	if (blocks > 0) {
		const sources = [...tables.chains.values()].map((chain) => chain.sources.first({})?.at ?? 0)
		tables.l1.removeRange(0, Math.min(...sources))
	}
	return blocks
}

function finalTime(view: View, chainId: ChainId) {
	const final = view.finalized(chainId)
	return final && view.localSafe(chainId, final.number)
}
