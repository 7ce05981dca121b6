import { isActivationBlock, isInterop } from '../../config/interop-activation.js'
import type { DerivedBlockRefPair } from '../../protocol/block.js'
import { formatBlock, sameBlock } from '../../protocol/block.js'
import type { ChainContext } from '../chain-context.js'
import type { NodeSession } from '../node-session.js'
import { noteDerived } from './agreement.js'

/**
 * `exhaustL1`: the node has used up L1 through `source`. It is remembered as waiting and gets the next L1 block the
 * moment that it is known; also while it walks again over old sources after a reset. What it names as derived it has.
 */
export function onExhaustL1(chain: ChainContext, node: NodeSession, link: DerivedBlockRefPair): void {
	const { last, rollup } = chain
	const isBeyond =
		isInterop(rollup, link.derived.timestamp) && !isActivationBlock(rollup, link.derived.timestamp)
	if (last === undefined) {
		// A node that walks again up to where the activation block is derived repeats it over older L1 blocks.
		if (isBeyond && chain.awaited === undefined) {
			node.startResetBeforeFirstLink(`gap: derived ${formatBlock(link.derived)}, links before it are missing`)
			return
		}
	} else if (isInterop(rollup, link.derived.timestamp) && chain.awaited === undefined) {
		if (link.source.number > last.source.number) {
			node.startReset(
				`gap: the node has used up L1 through ${formatBlock(link.source)}, links before it are missing`,
			)
			return
		}
		if (sameBlock(last.source, link.source) && sameBlock(last.derived, link.derived)) {
			chain.links.complete(last.source.number)
		}
	}
	node.provideAfter(link.source)
	if (node.invalidation.block === undefined) noteDerived(chain, node, link.derived)
}
