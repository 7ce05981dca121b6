import { isActivationBlock, isInterop } from '../../config/interop-activation.js'
import type { BlockRef } from '../../protocol/block.js'
import type { ChainContext } from '../chain-context.js'
import type { NodeSession } from '../node-session.js'

/**
 * `unsafeBlock` N: index everything up to N. Before interop is active blocks are ignored; the activation block
 * begins the log index (protocol notes, "Activation").
 */
export async function onUnsafeBlock(chain: ChainContext, node: NodeSession, block: BlockRef): Promise<void> {
	if (!isInterop(chain.rollup, block.timestamp)) return
	if (chain.anchor === undefined) {
		const anchor = isActivationBlock(chain.rollup, block.timestamp)
			? block
			: await activationBlock(chain, node)
		if (anchor === undefined) return
		await chain.begin(anchor)
	}
	chain.index(block, node)
}

/** The activation block as the node has it, for a node that was met after its activation. */
async function activationBlock(chain: ChainContext, node: NodeSession): Promise<BlockRef | undefined> {
	const { genesis, blockTime, interopTime } = chain.rollup
	if (interopTime === null) return undefined
	const number = genesis.l2.number + Math.ceil((interopTime - genesis.l2Time) / blockTime)
	return node.refByNumber(number)
}
