import type { BlockId } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import type { CrossSafeBlock, View } from '../storage/index.js'
import type { FoundChainHeads } from './promoter.js'

/** A head that is not stored by then never will be: the node has reorganised meanwhile. */
const FOUND_FOR_MS = 5_000

/**
 * Cross-unsafe and cross-safe heads that were found and are not stored yet. Nodes are told of them at once, because a
 * head that is lost is found again; and until they are stored nodes must not be told of the older ones that are.
 */
export class FoundHeads {
	readonly #crossUnsafe = new FoundLevel<BlockId>((a, b) => a.number - b.number)
	/** The head of a later scope is the same block or a later one. */
	readonly #crossSafe = new FoundLevel<CrossSafeBlock>((a, b) => a.number - b.number || a.scope - b.scope)

	/** Heads were found in a state of this generation. One that is lower than what was found is no news. */
	add({ chainId, crossUnsafe, crossSafe }: FoundChainHeads, generation: number): void {
		if (crossUnsafe !== undefined) this.#crossUnsafe.add(chainId, crossUnsafe, generation)
		if (crossSafe !== undefined) this.#crossSafe.add(chainId, crossSafe, generation)
	}

	/** The heads of a chain: the stored ones, or those above them that were found since the last cut. */
	newest(view: View, chainId: ChainId): Omit<FoundChainHeads, 'chainId'> {
		const { generation } = view
		const crossUnsafe = this.#crossUnsafe.newest(chainId, view.crossUnsafe(chainId), generation)
		const crossSafe = this.#crossSafe.newest(chainId, view.crossSafeHead(chainId), generation)
		return {
			...(crossUnsafe === undefined ? {} : { crossUnsafe }),
			...(crossSafe === undefined ? {} : { crossSafe }),
		}
	}
}

interface Found<Head> {
	readonly head: Head
	readonly generation: number
	readonly at: number
}

class FoundLevel<Head> {
	readonly #heads = new Map<ChainId, Found<Head>>()
	readonly #compare: (a: Head, b: Head) => number

	constructor(compare: (a: Head, b: Head) => number) {
		this.#compare = compare
	}

	add(chainId: ChainId, head: Head, generation: number): void {
		const known = this.#heads.get(chainId)
		const isOld = known === undefined || known.generation !== generation || isPast(known)
		if (!isOld && this.#compare(known.head, head) > 0) return
		this.#heads.set(chainId, { head, generation, at: performance.now() })
	}

	newest(chainId: ChainId, stored: Head | undefined, generation: number): Head | undefined {
		const found = this.#heads.get(chainId)
		if (found === undefined) return stored
		const isStored = stored !== undefined && this.#compare(stored, found.head) >= 0
		if (!isStored && found.generation === generation && !isPast(found)) return found.head
		this.#heads.delete(chainId)
		return stored
	}
}

function isPast(found: { readonly at: number }): boolean {
	return performance.now() - found.at > FOUND_FOR_MS
}
