import type { BlockId, BlockRef } from '../protocol/block.js'
import { blockId, sameBlock } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import type { ExecutingMessage } from '../protocol/executing-message.js'
import { blocksInCycles, type Execute } from './cycle.js'
import { mismatch } from './message-match.js'
import type { SafetyView } from './safety-view.js'

/**
 * Cross-unsafe heads that must be lowered because what they rest on is gone (rules, section 9, "Re-examination").
 * Runs after every cut, in the cut's transaction. Blocks before time `from` cannot be affected by it.
 * @returns only the heads that change; never below cross-safe.
 */
export function reexamine(view: SafetyView, from = 0): ReadonlyMap<ChainId, BlockId> {
	const heads = new Map<ChainId, BlockId>()
	for (const chainId of view.chainIds) {
		const head = view.crossUnsafe(chainId)
		if (head !== undefined) heads.set(chainId, head)
	}
	const before = new Map(heads)
	// Lowering one head may take away what another one rests on; each pass only lowers, so this ends.
	for (let isStable = false; !isStable; ) {
		isStable = true
		for (const [chainId, head] of heads) {
			const good = lastGood(view, chainId, head, heads, from)
			if (sameBlock(good, head)) continue
			heads.set(chainId, good)
			isStable = false
		}
	}
	for (const [chainId, head] of before) {
		const good = heads.get(chainId)
		if (good !== undefined && sameBlock(good, head)) heads.delete(chainId)
	}
	return heads
}

/** Walks from cross-safe (or the anchor) up to `head`, and stops before the first block that no longer holds. */
function lastGood(
	view: SafetyView,
	chainId: ChainId,
	head: BlockId,
	heads: ReadonlyMap<ChainId, BlockId>,
	from: number,
): BlockId {
	const floor = view.crossSafeHead(chainId) ?? view.anchor(chainId)
	if (floor === undefined) return head
	let good: BlockId = blockId(floor)
	// Another block in the head's place: what is below it may be of another branch, too, and was never verified.
	const inPlace = view.canonical(chainId, head.number)
	if (inPlace !== undefined && inPlace.hash !== head.hash) return good
	for (let number = floor.number + 1; number <= head.number; number++) {
		const block = view.canonical(chainId, number)
		if (block === undefined || block.parentHash !== good.hash) return good
		if (block.timestamp >= from && !stillHolds(view, chainId, block, heads)) return good
		good = blockId(block)
	}
	return good
}

/**
 * Is every message of the block still found in a block that is cross-unsafe? One of the same time may be the child of
 * its chain's head, if it could be promoted together with this one: then the same is asked of it, and no log of them may
 * lie on a cycle.
 */
function stillHolds(
	view: SafetyView,
	chainId: ChainId,
	block: BlockRef,
	heads: ReadonlyMap<ChainId, BlockId>,
): boolean {
	const closure = new Map<ChainId, BlockRef>([[chainId, block]])
	const sameTime: Execute<ChainId>[] = []
	// A Map is walked in the order of insertion, also over what is added on the way.
	for (const [member, of] of closure) {
		for (const { logIndex, message } of view.executingMessages(member, of)) {
			const found = stillFound(view, message, of.timestamp, heads)
			if (found === undefined) return false
			const isMember = closure.get(message.chainId)?.hash === found.hash
			if (!isMember && found.number <= (heads.get(message.chainId)?.number ?? -1)) continue
			closure.set(message.chainId, found)
			sameTime.push({
				initiating: { block: message.chainId, logIndex: message.logIndex },
				executing: { block: member, logIndex },
			})
		}
	}
	return blocksInCycles(sameTime).size === 0
}

/** The block of a message, if it is cross-unsafe, or of the same time and the child of its chain's head. */
function stillFound(
	view: SafetyView,
	message: ExecutingMessage,
	executedAt: number,
	heads: ReadonlyMap<ChainId, BlockId>,
): BlockRef | undefined {
	const head = heads.get(message.chainId)
	if (head === undefined || message.blockNumber > BigInt(head.number + 1)) return undefined
	const block = view.canonical(message.chainId, Number(message.blockNumber))
	if (block === undefined || mismatch(view, message.chainId, block, message) !== undefined) return undefined
	if (block.number <= head.number) return block
	return block.timestamp === executedAt && block.parentHash === head.hash ? block : undefined
}
