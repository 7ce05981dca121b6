import type { BlockReplacement } from '../../protocol/block.js'
import type { ChainContext } from '../chain-context.js'
import type { NodeSession } from '../node-session.js'

/** `replaceBlock`: a node has replaced a block that it was told to invalidate. */
export function onReplaceBlock(
	chain: ChainContext,
	node: NodeSession,
	replaced: BlockReplacement,
): Promise<void> {
	return chain.replace(node, replaced)
}
