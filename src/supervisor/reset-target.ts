import { findLastMatch, findLastMatchAbove } from '../indexing/last-match.js'
import type { ResetHeads } from '../node/reset-heads.js'
import type { BlockId, BlockRef, L2BlockRef } from '../protocol/block.js'
import { blockId } from '../protocol/block.js'
import type { Hash } from '../protocol/hash.js'

export interface ResetView {
	/** First block of the chain, undefined before interop is active. */
	readonly anchor: BlockId | undefined
	/** Between the anchor and this block retention has removed all. */
	readonly firstKept: BlockId | undefined
	readonly interopAtGenesis: boolean
	/** The chain's genesis, which may be before its first block here. */
	readonly genesis: BlockId
	readonly localUnsafe: BlockId | undefined
	readonly localSafe: BlockId | undefined
	readonly crossUnsafe: BlockId | undefined
	readonly crossSafe: BlockId | undefined
	readonly finalized: BlockId | undefined
	localSafeHash(number: number): Hash | undefined
	/** Whether a block was found invalid. */
	isInvalid(block: BlockId): boolean
	nodeRef(number: number): Promise<L2BlockRef | undefined>
	l1Block(number: number): Promise<BlockRef | undefined>
}

/** What the heads must keep to, because the node has refused others. */
export interface ResetLimits {
	/** The local-safe target is at most this number, or the chain's first block. */
	readonly maxTarget?: number
	/**
	 * Where the unsafe head is looked for: up to the chain's own, nowhere above the target, or up to the node's own (a
	 * node that is days ahead takes no other).
	 */
	readonly unsafe?: 'ours' | 'target' | 'node'
	/** The node's own pre-interop rules have led it beyond the activation block, which it must have derived then. */
	readonly toAnchor?: boolean
}

/** The node's first block is not the chain's: no reset can help. */
export class WrongAnchorError extends Error {
	override readonly name = 'WrongAnchorError'
}

/**
 * Chooses the heads that a node is reset to: the last local-safe block that the node has as well, and the highest
 * unsafe block above it whose L1 origin is canonical (protocol notes, "Resets: choosing the targets"). Undefined:
 * the chain has no local-safe block with interop yet, or the node is still before it, and resets by its own rules.
 */
export async function chooseResetHeads(
	view: ResetView,
	{ maxTarget = Number.POSITIVE_INFINITY, unsafe = 'ours', toAnchor = false }: ResetLimits = {},
): Promise<ResetHeads | undefined> {
	const { anchor } = view
	// An activation block that is not derived yet is only what a sequencer says: no node is told that it is safe.
	if (anchor === undefined) return undefined
	if (view.localSafe === undefined && !view.interopAtGenesis && !toAnchor) return undefined
	const { from, highest } = await searchRange(view, anchor)
	const top = Math.max(from, Math.min(maxTarget, highest))
	const target = await findLastMatch({ from, to: top }, async (number) => {
		const mine = number === anchor.number ? anchor.hash : view.localSafeHash(number)
		const ref = await view.nodeRef(number)
		return ref !== undefined && ref.hash === mine ? blockId(ref) : undefined
	})
	if (target === undefined) {
		if (!view.interopAtGenesis) return undefined
		throw new WrongAnchorError(
			`the node does not have block ${anchor.number} ${anchor.hash}: check that it belongs to this chain`,
		)
	}
	const localUnsafe = await unsafeHead(view, target, unsafe)
	const atMost = (head: BlockId | undefined): BlockId =>
		head === undefined ? anchor : head.number < target.number ? blockId(head) : target
	return {
		localUnsafe,
		crossUnsafe: atMost(view.crossUnsafe),
		localSafe: target,
		crossSafe: atMost(view.crossSafe),
		finalized: view.finalized === undefined ? view.genesis : atMost(view.finalized),
	}
}

/**
 * Where the node's blocks are compared with those of the chain. A node that lacks what retention has kept last is reset
 * to the anchor, and derives what is not kept by itself.
 */
async function searchRange(
	view: ResetView,
	anchor: BlockId,
): Promise<{ readonly from: number; readonly highest: number }> {
	const highest = view.localSafe?.number ?? anchor.number
	const { firstKept } = view
	if (firstKept === undefined || firstKept.number <= anchor.number) return { from: anchor.number, highest }
	const own = await view.nodeRef(firstKept.number)
	return own?.hash === firstKept.hash
		? { from: firstKept.number, highest }
		: { from: anchor.number, highest: anchor.number }
}

/** The highest block of the node above the target whose L1 origin is canonical. */
async function unsafeHead(
	view: ResetView,
	target: BlockId,
	upTo: NonNullable<ResetLimits['unsafe']>,
): Promise<BlockId> {
	if (upTo === 'target') return target
	// What stands on an invalid block is not kept: the node derives that once more, and is told to replace it.
	const child = await view.nodeRef(target.number + 1)
	if (child === undefined || view.isInvalid(child)) return target
	const onL1 = async (number: number) => {
		if (number === target.number) return target
		const ref = await view.nodeRef(number)
		if (ref === undefined) return undefined
		const origin = await view.l1Block(ref.l1origin.number)
		return origin?.hash === ref.l1origin.hash ? blockId(ref) : undefined
	}
	const top = Math.max(target.number, view.localUnsafe?.number ?? 0)
	const beyond = upTo === 'node' ? await findLastMatchAbove(top, onL1) : undefined
	return beyond ?? (await findLastMatch({ from: target.number, to: top }, onL1)) ?? target
}
