import { type BlockRef, formatBlock } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import { ConflictError, FutureDataError, SkippedDataError } from '../protocol/errors.js'
import type { View } from '../storage/index.js'

/** Levels whose blocks come from L1. */
export type L1Level = 'local-safe' | 'safe' | 'finalized'

/** An invalid block was judged soon after it was derived; a longer way down is none to be walked for an answer. */
const MAX_WALK = 1_024

/** The last block of each chain that is of a level at an L1 block. */
export interface BlocksAtL1 {
	readonly number: number
	readonly chains: ReadonlyMap<ChainId, BlockRef>
}

/**
 * Those at the newest L1 block at which all chains are complete for a level, and none ends in a block that was replaced
 * later.
 * @throws FutureDataError naming a chain for which there is none
 */
export function newestBlocks(view: View, chainIds: readonly ChainId[], level: L1Level): BlocksAtL1 {
	const [lagging, newest] = chainIds
		.map((chainId) => [chainId, completeUpTo(view, chainId, level)] as const)
		.reduce((least, one) => (one[1] < least[1] ? one : least))
	const least = Math.max(newest - MAX_WALK, ...chainIds.map((chainId) => firstL1(view, chainId, level)))
	for (let number = newest; number >= least; number--) {
		const chains = new Map<ChainId, BlockRef>()
		for (const chainId of chainIds) {
			const block = standingAt(view, chainId, level, number)
			if (block === undefined) break
			chains.set(chainId, block)
		}
		if (chains.size === chainIds.length) return { number, chains }
	}
	throw new FutureDataError(
		`there is no L1 block yet at which all chains are complete for ${level}: chain ${lagging} is so up to ${newest}`,
	)
}

/** @throws as `blockAt` */
export function blocksAt(
	view: View,
	chainIds: readonly ChainId[],
	level: L1Level,
	number: number,
): BlocksAtL1 {
	return { number, chains: new Map(chainIds.map((id) => [id, blockAt(view, id, level, number)])) }
}

/**
 * The last block of a chain that is of a level at an L1 block.
 * @throws FutureDataError while more may become so, SkippedDataError before the chain's first L1 block,
 * ConflictError if the block that was derived there was replaced since
 */
function blockAt(view: View, chainId: ChainId, level: L1Level, number: number): BlockRef {
	const complete = completeUpTo(view, chainId, level)
	if (number > complete)
		throw new FutureDataError(
			`chain ${chainId} is not complete for ${level} at L1 block ${number} yet, only up to ${complete}`,
		)
	const first = firstL1(view, chainId, level)
	if (number < first)
		throw new SkippedDataError(`chain ${chainId} is known from L1 block ${first} on, not at ${number}`)
	const block = standingAt(view, chainId, level, number)
	if (block !== undefined) return block
	const derived = view.source(chainId, number)?.derived
	throw new ConflictError(
		`${derived === undefined ? 'the block' : formatBlock(derived)} of chain ${chainId}, derived up to L1 block ${number}, was invalid and replaced: ask for a newer L1 block`,
	)
}

/** Up to which L1 block nothing more of a level can come. @throws FutureDataError if that is not known yet */
function completeUpTo(view: View, chainId: ChainId, level: L1Level): number {
	if (level === 'local-safe') {
		const last = view.lastSource(chainId)
		if (last === undefined) throw new FutureDataError(`chain ${chainId} has no local-safe block yet`)
		return last.complete ? last.source.number : last.source.number - 1
	}
	const head = view.crossSafeHead(chainId)
	if (head === undefined) throw new FutureDataError(`chain ${chainId} has no cross-safe block yet`)
	// A scope that was left is never entered again: the rules raise it when nothing more can be said within it.
	const link = view.source(chainId, head.scope)
	const isDone = link?.complete === true && link.derived.hash === head.hash
	const crossSafe = isDone ? head.scope : head.scope - 1
	if (level === 'safe') return crossSafe
	const { finalizedL1 } = view
	if (finalizedL1 === undefined) throw new FutureDataError('no L1 block is known to be final: not found')
	return Math.min(crossSafe, finalizedL1.number)
}

function firstL1(view: View, chainId: ChainId, level: L1Level): number {
	if (level === 'local-safe') return view.firstSource(chainId)?.source.number ?? 0
	return view.firstCrossSafe(chainId)?.scope ?? 0
}

/** The last block at an L1 block at which the chain is complete; undefined if it does not stand any more. */
function standingAt(view: View, chainId: ChainId, level: L1Level, number: number): BlockRef | undefined {
	const known =
		level === 'local-safe' ? view.source(chainId, number)?.derived : view.crossSafeAt(chainId, number)
	const block = known && view.localSafe(chainId, known.number)
	return block?.hash === known?.hash ? block : undefined
}
