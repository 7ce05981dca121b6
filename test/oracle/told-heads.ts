import { type BlockId, formatBlock } from '../../src/protocol/block.js'
import type { ChainId } from '../../src/protocol/chain-id.js'
import type { CrossSafeBlock, View } from '../../src/storage/index.js'
import { FoundHeads } from '../../src/supervisor/found-heads.js'
import type { FoundChainHeads, SafetyReport } from '../../src/supervisor/promoter.js'

/** What nodes are told of heads, and what is wrong with it. */
export class ToldHeads {
	/** What must not happen at all. */
	readonly troubles: string[] = []
	readonly #found = new FoundHeads()
	/** Heads that were told before they were stored, until all that was found is stored. */
	#early: (FoundChainHeads & { readonly generation: number })[] = []
	/** The cross-safe head that was told last. */
	readonly #crossSafe = new Map<ChainId, CrossSafeBlock>()

	/** Heads were found that are not stored. */
	tellFound(view: View, { heads, generation }: Extract<SafetyReport, { kind: 'found' }>): void {
		for (const found of heads) this.#early.push({ ...found, generation })
		this.#found.add(view, heads, generation)
		this.tell(view)
	}

	/** Tells the newest heads. Cross-safe never goes back, whatever is cut, but for L1. */
	tell(view: View): void {
		for (const chainId of view.chainIds) {
			const { crossSafe } = this.#found.newest(view, chainId)
			const told = this.#crossSafe.get(chainId)
			if (told !== undefined && (crossSafe === undefined || isBefore(crossSafe, told)))
				this.troubles.push(
					`chain ${chainId}: cross-safe was told as ${placeOf(told)}, then as ${placeOf(crossSafe)}`,
				)
			if (crossSafe !== undefined) this.#crossSafe.set(chainId, crossSafe)
		}
	}

	/** L1 was cut: what rested on what is gone may be told anew, and so may all that was found and is not stored. */
	cutL1(view: View): void {
		for (const [chainId, told] of this.#crossSafe) {
			const stored = view.crossSafeHead(chainId)
			if (stored === undefined) this.#crossSafe.delete(chainId)
			else if (isBefore(stored, told)) this.#crossSafe.set(chainId, stored)
		}
	}

	/** What was found early is what is stored in the end, unless there was a cut or the block was never sealed. */
	checkStored(view: View): void {
		for (const { chainId, crossUnsafe, crossSafe, generation } of this.#early.splice(0)) {
			if (generation !== view.generation) continue
			const check = (level: string, head: BlockId | undefined, stored: BlockId | undefined) => {
				if (head === undefined || view.canonical(chainId, head.number)?.hash !== head.hash) return
				if (stored === undefined || stored.number < head.number)
					this.troubles.push(
						`chain ${chainId}: ${formatBlock(head)} was told as ${level}, ${stored?.number} is stored`,
					)
			}
			check('cross-unsafe', crossUnsafe, view.crossUnsafe(chainId))
			check('cross-safe', crossSafe, view.crossSafeHead(chainId))
		}
	}
}

function isBefore(a: CrossSafeBlock, b: CrossSafeBlock): boolean {
	return a.number < b.number || (a.number === b.number && a.scope < b.scope)
}

function placeOf(head: CrossSafeBlock | undefined): string {
	return head === undefined ? 'nothing' : `${formatBlock(head)} at ${head.scope}`
}
