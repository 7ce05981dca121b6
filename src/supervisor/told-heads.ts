import { type BlockId, blockId } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import type { View } from '../storage/index.js'
import type { ToldHeads } from './node-heads.js'

/** How far a node has come, as far as it has told: numbers of L2 blocks. */
export interface NodeReach {
	readonly derived?: number
	readonly unsafe?: number
}

/**
 * The heads of a chain as one of its nodes is told them. A node that is behind the chain is told of blocks that it has,
 * because it takes no others.
 */
export function toldHeads(view: View, chainId: ChainId, reach: NodeReach = {}): ToldHeads {
	const crossUnsafe = reachedUnsafe(view, chainId, reach)
	const head = view.crossSafeHead(chainId)
	const isBehind = head !== undefined && reach.derived !== undefined && reach.derived < head.number
	const safe = isBehind ? view.crossSafe(chainId, reach.derived ?? head.number) : head
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

function reachedUnsafe(view: View, chainId: ChainId, { derived, unsafe }: NodeReach): BlockId | undefined {
	const head = view.crossUnsafe(chainId)
	if (head === undefined || derived === undefined) return head
	const reached = Math.max(derived, unsafe ?? derived)
	return reached < head.number ? view.canonical(chainId, reached) : head
}
