import type { BlockId } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import type { CrossSafeBlock, View } from '../storage/index.js'
import type { FoundChainHeads, NewestHeads } from './promoter.js'

/**
 * A cross-unsafe head may be of a block that is not stored yet. If it is not by then it never will be: its node has
 * reorganised meanwhile. Cross-safe heads rest on stored blocks alone.
 */
const UNSAFE_FOR_MS = 5_000

/**
 * Cross-unsafe and cross-safe heads that were found and are not stored yet. Nodes are told of them at once, because a
 * head that is lost is found again; and until they are stored nodes must not be told of the older ones that are.
 */
export class FoundHeads {
	readonly #now: () => number
	readonly #crossUnsafe = new FoundLevel<BlockId>(UNSAFE_FOR_MS, (a, b) => a.number - b.number)
	/** The head of a later scope is the same block or a later one. */
	readonly #crossSafe = new FoundLevel<CrossSafeBlock>(
		Number.POSITIVE_INFINITY,
		(a, b) => a.number - b.number || a.scope - b.scope,
	)

	constructor(now: () => number = () => performance.now()) {
		this.#now = now
	}

	/** Heads were found in a state of this generation. One that is lower than what was found is no news. */
	add({ chainId, crossUnsafe, crossSafe }: FoundChainHeads, generation: number): void {
		const found = { generation, at: this.#now() }
		if (crossUnsafe !== undefined) this.#crossUnsafe.add(chainId, { head: crossUnsafe, ...found })
		if (crossSafe !== undefined) this.#crossSafe.add(chainId, { head: crossSafe, ...found })
	}

	/** The heads of a chain: the stored ones, or those above them that were found since the last cut. */
	newest(view: View, chainId: ChainId): NewestHeads {
		const now = { generation: view.generation, at: this.#now() }
		const crossUnsafe = this.#crossUnsafe.newest(chainId, view.crossUnsafe(chainId), now)
		const crossSafe = this.#crossSafe.newest(chainId, view.crossSafeHead(chainId), now)
		return {
			...(crossUnsafe === undefined ? {} : { crossUnsafe }),
			...(crossSafe === undefined ? {} : { crossSafe }),
		}
	}
}

/** When something was found, or is asked for. */
interface Moment {
	readonly generation: number
	/** Milliseconds. */
	readonly at: number
}

class FoundLevel<Head> {
	readonly #heads = new Map<ChainId, { readonly head: Head } & Moment>()

	constructor(
		private readonly keptMs: number,
		private readonly compare: (a: Head, b: Head) => number,
	) {}

	add(chainId: ChainId, found: { readonly head: Head } & Moment): void {
		const known = this.#heads.get(chainId)
		const counts = known !== undefined && this.#stands(known, found)
		if (counts && this.compare(known.head, found.head) > 0) return
		this.#heads.set(chainId, found)
	}

	newest(chainId: ChainId, stored: Head | undefined, now: Moment): Head | undefined {
		const found = this.#heads.get(chainId)
		if (found === undefined) return stored
		const isStored = stored !== undefined && this.compare(stored, found.head) >= 0
		if (!isStored && this.#stands(found, now)) return found.head
		this.#heads.delete(chainId)
		return stored
	}

	#stands(found: Moment, now: Moment): boolean {
		return found.generation === now.generation && now.at - found.at <= this.keptMs
	}
}
