import type { BlockId } from '../../../src/protocol/block.js'
import type { L2Node } from '../l2-node.js'

/** @throws Error if the node has another block at this number */
export async function expectCanonical(node: L2Node, block: BlockId): Promise<void> {
	const { hash } = await node.block(block.number)
	if (hash !== block.hash) throw new Error(`${node.name} #${block.number} is ${hash} and not ${block.hash}`)
}
