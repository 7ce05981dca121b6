import type { BlockId } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import type { CrossSafeBlock, View } from '../storage/index.js'
import type { FoundChainHeads, NewestHeads } from './promoter.js'

/**
 * A cross-unsafe head may be of a block that is not stored yet. If it is not by then it never will be: its node has
 * reorganised meanwhile.
 */
const UNSAFE_FOR_MS = 5_000

/**
 * Cross-unsafe and cross-safe heads that were found and are not stored yet. Nodes are told of them at once, because a
 * head that is lost is found again; and until they are stored nodes must not be told of the older ones that are.
 */
export class FoundHeads {
	readonly #crossUnsafe: FoundUnsafe
	readonly #crossSafe = new FoundSafe()

	constructor(now: () => number = () => performance.now()) {
		this.#crossUnsafe = new FoundUnsafe(now)
	}

	/**
	 * Heads were found in a state of this generation; void if that of the store is another by now. One that is lower
	 * than what was found before is no news.
	 */
	add(view: View, found: readonly FoundChainHeads[], generation: number): void {
		if (view.generation !== generation) return
		for (const { chainId, crossUnsafe, crossSafe } of found) {
			if (crossUnsafe !== undefined) this.#crossUnsafe.add(view, chainId, crossUnsafe)
			if (crossSafe !== undefined) this.#crossSafe.add(view, chainId, crossSafe)
		}
	}

	/** The heads of a chain: the stored ones, or those above them that were found and still stand. */
	newest(view: View, chainId: ChainId): NewestHeads {
		const crossUnsafe = this.#crossUnsafe.newest(view, chainId)
		const crossSafe = this.#crossSafe.newest(view, chainId)
		return {
			...(crossUnsafe === undefined ? {} : { crossUnsafe }),
			...(crossSafe === undefined ? {} : { crossSafe }),
		}
	}
}

/** Cross-unsafe heads: they may rest on blocks that no one can look up yet, so a cut anywhere voids them. */
class FoundUnsafe {
	readonly #heads = new Map<
		ChainId,
		{ readonly head: BlockId; readonly generation: number; readonly at: number }
	>()

	constructor(private readonly now: () => number) {}

	add(view: View, chainId: ChainId, head: BlockId): void {
		const known = this.#standing(view, chainId)
		if (known !== undefined && known.number > head.number) return
		this.#heads.set(chainId, { head, generation: view.generation, at: this.now() })
	}

	newest(view: View, chainId: ChainId): BlockId | undefined {
		const stored = view.crossUnsafe(chainId)
		const found = this.#standing(view, chainId)
		if (found !== undefined && (stored === undefined || stored.number < found.number)) return found
		this.#heads.delete(chainId)
		return stored
	}

	#standing(view: View, chainId: ChainId): BlockId | undefined {
		const found = this.#heads.get(chainId)
		if (found === undefined) return undefined
		const stands = found.generation === view.generation && this.now() - found.at <= UNSAFE_FOR_MS
		return stands ? found.head : undefined
	}
}

interface FoundSafeHead {
	readonly head: CrossSafeBlock
	/** Of the L1 block of its scope. */
	readonly scopeHash: string
}

/**
 * Cross-safe heads. They rest on stored local-safe blocks alone, so they are waited for however long the disk takes, and
 * outlive cuts above them: cross-safe never goes back to what is stored because some unsafe block went away.
 */
class FoundSafe {
	readonly #heads = new Map<ChainId, FoundSafeHead>()
	#checkedAt: number | undefined

	add(view: View, chainId: ChainId, head: CrossSafeBlock): void {
		this.#check(view)
		const known = this.#heads.get(chainId)
		const scopeHash = view.l1(head.scope)?.hash
		if (scopeHash === undefined || (known !== undefined && !isNewer(head, known.head))) return
		this.#heads.set(chainId, { head, scopeHash })
	}

	newest(view: View, chainId: ChainId): CrossSafeBlock | undefined {
		this.#check(view)
		const stored = view.crossSafeHead(chainId)
		const found = this.#heads.get(chainId)?.head
		if (found !== undefined && (stored === undefined || isNewer(found, stored))) return found
		this.#heads.delete(chainId)
		return stored
	}

	/** After a cut either all stand or none: the head of one chain may rest on what another's has below it. */
	#check(view: View): void {
		const { generation } = view
		if (this.#checkedAt === generation) return
		this.#checkedAt = generation
		if (![...this.#heads].every(([chainId, found]) => stands(view, chainId, found))) this.#heads.clear()
	}
}

/** Whether its block and its scope are still what they were when it was found. */
function stands(view: View, chainId: ChainId, { head, scopeHash }: FoundSafeHead): boolean {
	const disputed = view.disputed(chainId)
	return (
		view.localSafe(chainId, head.number)?.hash === head.hash &&
		view.l1(head.scope)?.hash === scopeHash &&
		(disputed === undefined || disputed.block.number > head.number)
	)
}

/** The head of a later scope is the same block or a later one. */
function isNewer(a: CrossSafeBlock, b: CrossSafeBlock): boolean {
	return a.number > b.number || (a.number === b.number && a.scope > b.scope)
}
