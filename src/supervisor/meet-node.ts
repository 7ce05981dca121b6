import type { Logger } from 'pino'
import { findLastMatch } from '../indexing/last-match.js'
import { type BlockId, type BlockRef, type DerivedBlockRefPair, formatBlock } from '../protocol/block.js'
import type { Hash } from '../protocol/hash.js'
import type { InvalidatedBlock } from '../storage/index.js'
import type { Dispute } from './dispute.js'
import type { NodeSession } from './node-session.js'

/** A chain as one of its nodes is met. */
export interface MeetingChain {
	readonly log: Logger
	readonly anchor: BlockRef | undefined
	/** Between the anchor and this block retention has removed all. */
	readonly firstKept: BlockRef | undefined
	readonly last: DerivedBlockRefPair | undefined
	readonly dispute: Dispute
	localSafeHash(number: number): Hash | undefined
	/** The L1 block from which the local-safe block of that number is derived. */
	localSafeSource(number: number): number | undefined
	/** Tells the node the heads that it can take. */
	tell(node: NodeSession): void
	invalidated(block: BlockId): InvalidatedBlock | undefined
}

/**
 * What is done on every connection without waiting for an event, because the node's events may have been lost: its
 * view is compared with the local-safe chain. A node that stands where the chain does is given its next L1 block; one
 * that has an old invalid block is told to replace it; one that contradicts the chain is reset. One that merely has
 * less, or is about to derive what the chain has, is left to derive. @throws NodeError if the node does not answer.
 */
export async function meetNode(chain: MeetingChain, node: NodeSession): Promise<void> {
	const { anchor, last } = chain
	if (anchor === undefined || last === undefined) return
	const { connection } = node
	const head = last.derived
	const { agreed } = node
	const agreesUpTo = (number: number) => {
		// What the node has told of its derivation meanwhile is newer.
		if (node.agreed === agreed) node.agrees(number)
		chain.tell(node)
	}
	const own = await node.refByNumber(head.number)
	if (connection.aborted) return
	if (own !== undefined && own.hash === chain.localSafeHash(own.number)) {
		agreesUpTo(head.number)
		await chain.dispute.agreed(node, head.number)
		if (!node.hasSpoken && !node.resetting) node.guess(last.source)
		return
	}
	const from = chain.firstKept?.number ?? anchor.number
	const first = from === anchor.number ? own : await node.refByNumber(from)
	if (connection.aborted) return
	if (from > anchor.number && first === undefined) {
		chain.log.info(
			{ node: node.url, firstKept: from },
			'the node is behind what is kept of the chain: it derives up to there by itself',
		)
		return
	}
	const common = await findLastMatch({ from, to: head.number }, async (number) => {
		const ref = await node.refByNumber(number)
		return ref !== undefined && ref.hash === hashAt(chain, number, anchor) ? ref : undefined
	})
	if (common !== undefined && !connection.aborted) agreesUpTo(common.number)
	const next = common === undefined ? first : await node.refByNumber(common.number + 1)
	if (connection.aborted || node.resetting) return
	// The chain has gone on meanwhile.
	if (next !== undefined && next.hash === chain.localSafeHash(next.number)) return
	if (common !== undefined && next === undefined) {
		chain.log.info(
			{ node: node.url, block: formatBlock(common), localSafe: formatBlock(head) },
			'the node is behind the chain',
		)
		return
	}
	const old = next && chain.invalidated(next)
	const source = next && chain.localSafeSource(next.number)
	if (old !== undefined && old.replacement !== null) node.invalidation.begin(old.block)
	// Another reset would only have it begin once more.
	else if (source !== undefined && node.isOnItsWayTo(source)) return
	else if (old === undefined) {
		const theirs = next === undefined ? 'no first block of the chain' : formatBlock(next)
		node.startReset(`it has ${theirs}, which is not on the local-safe chain`)
	}
}

function hashAt(chain: MeetingChain, number: number, anchor: BlockRef): Hash | undefined {
	return number === anchor.number ? anchor.hash : chain.localSafeHash(number)
}
