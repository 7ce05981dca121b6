import type { BlockRef } from '../protocol/block.js'
import { formatBlock, sameBlock } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import { IndexingStoppedError } from './errors.js'
import type { ChainIndexerModules, IndexNode } from './indexer-modules.js'
import { findLastMatch } from './last-match.js'

/** What is to be done with the log index when a node tells of another branch. */
export type BranchVerdict =
	/** The node has the whole of the index after all. */
	| { readonly kind: 'same' }
	/** Its branch is not followed: it is no longer than that of another node, or contradicts what L1 has decided. */
	| { readonly kind: 'ours'; readonly common: BlockRef; readonly isAgainstL1: boolean }
	/** The index is cut back to the common block, and goes on with the node's branch. */
	| { readonly kind: 'theirs'; readonly common: BlockRef }

/**
 * Searches the last block that a node and the log index share. What L1 has decided is followed, and never left. For
 * the rest the first node to tell of a block wins: another branch is followed when it is longer, or when no other
 * node has the index's head any more.
 * @throws IndexingStoppedError if not even the first block is shared
 * @throws NodeError if the node does not answer
 */
export async function judgeBranch(
	index: {
		readonly chainId: ChainId
		readonly anchor: BlockRef
		readonly head: BlockRef
		/** The block that contradicts the index, if it was announced. */
		readonly announced: BlockRef | undefined
	},
	node: IndexNode,
	{ store, derivedHash, hasElsewhere }: ChainIndexerModules,
): Promise<BranchVerdict> {
	const { chainId, anchor, head, announced } = index
	const from = store.firstKept(chainId)?.number ?? anchor.number
	const match = async (number: number) => {
		const stored = store.canonical(chainId, number)
		return stored?.hash === (await node.refByNumber(number))?.hash ? stored : undefined
	}
	const common =
		(await findLastMatch({ from, to: head.number }, match)) ??
		(from === anchor.number ? undefined : await match(anchor.number))
	if (common === undefined) {
		throw new IndexingStoppedError(
			`node ${node.url} has another first block than ${formatBlock(anchor)} of chain ${chainId}: ` +
				'check that the node and the rollup config are of the same chain',
		)
	}
	if (sameBlock(common, head)) return { kind: 'same' }
	// What is final, and not kept any more, is not left either.
	if (common.number < from) return { kind: 'ours', common, isAgainstL1: true }
	const derived = derivedHash(common.number + 1)
	if (derived !== undefined) {
		const isOurs = derived === store.canonical(chainId, common.number + 1)?.hash
		return isOurs ? { kind: 'ours', common, isAgainstL1: true } : { kind: 'theirs', common }
	}
	const isLonger = announced === undefined || announced.number > head.number
	if (isLonger || !(await hasElsewhere(head, node))) return { kind: 'theirs', common }
	return { kind: 'ours', common, isAgainstL1: false }
}
