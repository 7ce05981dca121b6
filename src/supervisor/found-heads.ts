import type { BlockId } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import type { View } from '../storage/index.js'

/** A head that is not stored by then never will be: the node has reorganised meanwhile. */
const FOUND_FOR_MS = 5_000

/**
 * Cross-unsafe heads that were found and are not stored yet. Nodes are told of them at once, because a head that is
 * lost is found again; and until they are stored nodes must not be told of the older ones that are.
 */
export class FoundHeads {
	readonly #heads = new Map<
		ChainId,
		{ readonly head: BlockId; readonly generation: number; readonly at: number }
	>()

	/** A head was found in a state of this generation. One that is lower than what was found is no news. */
	add(chainId: ChainId, head: BlockId, generation: number): void {
		const known = this.#heads.get(chainId)
		const isOld = known === undefined || known.generation !== generation || isPast(known)
		if (!isOld && known.head.number > head.number) return
		this.#heads.set(chainId, { head, generation, at: performance.now() })
	}

	/** The cross-unsafe head of a chain: the stored one, or one above it that was found since the last cut. */
	newest(view: View, chainId: ChainId): BlockId | undefined {
		const stored = view.crossUnsafe(chainId)
		const found = this.#heads.get(chainId)
		if (found === undefined) return stored
		const isStored = stored !== undefined && stored.number >= found.head.number
		if (!isStored && found.generation === view.generation && !isPast(found)) return found.head
		this.#heads.delete(chainId)
		return stored
	}
}

function isPast(found: { readonly at: number }): boolean {
	return performance.now() - found.at > FOUND_FOR_MS
}
