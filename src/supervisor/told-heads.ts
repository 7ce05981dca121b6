import { blockId } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import type { CrossSafeBlock, View } from '../storage/index.js'
import type { ToldHeads } from './node-heads.js'
import type { NewestHeads } from './promoter.js'

/**
 * The heads of a chain as one of its nodes is told them. Cross-safe and finalized are on the node's own chain, as far
 * as that is known to be ours: a node behind takes no others; one on another branch may know the block, and then its
 * engine fails on a safe or finalized head that is not on its canonical chain (seen: op-node ends itself). Cross-unsafe
 * does no harm: a node that lacks the block refuses it.
 * @param node.agreed up to this block the node's chain is known to be the local-safe chain; undefined: nothing is known
 * @param node.newest the newest cross heads that are known, stored or not
 */
export function toldHeads(
	view: View,
	chainId: ChainId,
	node: { readonly agreed: number | undefined; readonly newest: NewestHeads },
): ToldHeads {
	const { agreed, newest } = node
	const { crossUnsafe, crossSafe } = newest
	if (!takesHeads(view, chainId, agreed)) return {}
	const heads = [crossSafe, view.crossSafeHead(chainId)]
	const safe = heads.find((head) => head && head.number <= agreed) ?? safeAt(view, chainId, agreed)
	const scope = safe && view.l1(safe.scope)
	const final = view.finalized(chainId)
	const finalized = final !== undefined && safe !== undefined && safe.number < final.number ? safe : final
	return {
		...(crossUnsafe === undefined ? {} : { crossUnsafe: blockId(crossUnsafe) }),
		...(safe === undefined || scope === undefined
			? {}
			: { crossSafe: { derived: blockId(safe), source: blockId(scope) } }),
		...(finalized === undefined ? {} : { finalized: blockId(finalized) }),
	}
}

/** Whether enough is known of a node's chain to tell it heads. */
function takesHeads(view: View, chainId: ChainId, agreed: number | undefined): agreed is number {
	return agreed !== undefined && agreed >= (view.firstCrossSafe(chainId)?.number ?? 0)
}

/** A cross-safe block below the head with the newest scope at which it was the head. */
function safeAt(view: View, chainId: ChainId, number: number): CrossSafeBlock | undefined {
	const block = view.crossSafe(chainId, number)
	const next = view.crossSafe(chainId, number + 1)
	return block && { ...block, scope: next?.scope ?? block.scope }
}

/** Whether a node is told less than there is, because it is behind. */
export function isBehind(view: View, chainId: ChainId, agreed: number | undefined): boolean {
	return agreed !== undefined && agreed < (view.crossSafeHead(chainId)?.number ?? -1)
}
