import type { BlockRef, DerivedBlockRefPair } from '../../protocol/block.js'
import { formatBlock } from '../../protocol/block.js'
import type { Hash } from '../../protocol/hash.js'
import type { ChainContext } from '../chain-context.js'
import type { NodeSession } from '../node-session.js'

/**
 * A node has derived another block than local-safe has in that place (protocol notes, "Further rules"). In this order
 * it is a block that was invalidated long ago, which the node is told to replace, too; a block of another L1; or a
 * conflict, in which case the nodes of the chain disagree and this one is reset.
 */
export async function onOtherBlock(
	chain: ChainContext,
	node: NodeSession,
	link: DerivedBlockRefPair,
	known: Hash,
): Promise<void> {
	const { source, derived } = link
	node.strays(derived.number)
	const isOnOurL1 = chain.l1.at(source.number)?.hash === source.hash
	const old = chain.invalidated(derived)
	if (old !== undefined && old.replacement !== null && isOnOurL1 && source.number <= old.scope) {
		chain.log.info(
			{ node: node.url, block: formatBlock(derived), scope: old.scope },
			'the node derives a block that was replaced before, it is told to replace it, too',
		)
		node.invalidation.begin(old.block)
		return
	}
	const parent = chain.localSafeHash(derived.number - 1)
	if (parent !== undefined && parent !== derived.parentHash) {
		// It left the chain earlier, and the event that told so was lost.
		chain.meet(node)
		return
	}
	const conflict = `conflict: derived ${formatBlock(derived)}, where ${known.slice(0, 10)} is local-safe`
	if (!isOnOurL1) chain.suspectL1()
	else if (await isOnL1(chain, source)) {
		const block = { number: derived.number, hash: known }
		await chain.dispute.report(node, { block, other: derived.hash })
	}
	node.startReset(conflict)
}

/** Asks L1 anew: perhaps it is our view that is old. */
async function isOnL1(chain: ChainContext, source: BlockRef): Promise<boolean> {
	try {
		const now = await chain.freshL1(source.number)
		if (now?.hash === source.hash) return true
		chain.suspectL1()
	} catch (error) {
		// Nothing is proven while L1 does not answer: the node derives the block again after its reset.
		chain.log.warn(
			{ block: formatBlock(source), err: error },
			'L1 does not tell whether a source is canonical',
		)
	}
	return false
}
