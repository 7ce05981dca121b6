import type { BlockId } from '../../protocol/block.js'
import type { ChainContext } from '../chain-context.js'
import type { NodeSession } from '../node-session.js'

/** A node names a block that it has derived: if it is the chain's, the node can be told more. */
export function noteDerived(chain: ChainContext, node: NodeSession, derived: BlockId): void {
	if (chain.localSafeHash(derived.number) !== derived.hash) return
	node.agrees(derived.number)
	if (node.isBehind) chain.tell(node)
}

/** A node has derived a block that does not contradict the chain: it does not dissent up to there. */
export function onAgreement(chain: ChainContext, node: NodeSession, derived: BlockId): Promise<void> {
	noteDerived(chain, node, derived)
	return chain.dispute.agreed(node, derived.number)
}
