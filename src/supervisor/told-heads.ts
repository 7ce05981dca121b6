import { blockId } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import type { View } from '../storage/index.js'
import type { ToldHeads } from './node-heads.js'

/** The heads of a chain as its nodes are told them. */
export function toldHeads(view: View, chainId: ChainId): ToldHeads {
	const crossUnsafe = view.crossUnsafe(chainId)
	const safe = view.crossSafeHead(chainId)
	const scope = safe && view.l1(safe.scope)
	const finalized = view.finalized(chainId)
	return {
		...(crossUnsafe === undefined ? {} : { crossUnsafe: blockId(crossUnsafe) }),
		...(safe === undefined || scope === undefined
			? {}
			: { crossSafe: { derived: blockId(safe), source: blockId(scope) } }),
		...(finalized === undefined ? {} : { finalized: blockId(finalized) }),
	}
}
