import { isDeepStrictEqual } from 'node:util'
import type { Cut, CutSelector, ReadLevel } from '../api/cluster-reads.js'
import { type BlockRef, formatBlock } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import {
	ConflictError,
	DataCorruptionError,
	FutureDataError,
	ProtocolError,
	SkippedDataError,
} from '../protocol/errors.js'
import type { View } from '../storage/index.js'
import { blocksAt, type L1Level, newestBlocks } from './cut-at-l1.js'
import { chainIdsOf, numberAt, type Rollups } from './super-root-view.js'

/** Levels whose blocks come from L1, so that a cut of them is at an L1 block. */
const L1_LEVELS: readonly ReadLevel[] = ['local-safe', 'safe', 'finalized'] satisfies readonly L1Level[]

export function hasL1(level: ReadLevel): level is L1Level {
	return L1_LEVELS.includes(level)
}

/**
 * The cut that a selector names (docs/cluster-reads.md), from one state of the store.
 * @throws FutureDataError if a chain is not so far yet, SkippedDataError if it begins later or has removed its blocks,
 * ConflictError if the L1 block is another one, or a chain's block there was replaced since. All name the chain.
 */
export function cutOf(view: View, rollups: Rollups, selector: CutSelector): Cut {
	const { level, l1, timestamp } = selector
	if (timestamp !== undefined) return cutAtTime(view, rollups, level, timestamp)
	if (!hasL1(level)) return cutAtTime(view, rollups, level, newestTime(view, rollups, level))
	const chainIds = chainIdsOf(rollups)
	const { number, chains } =
		l1 === undefined ? newestBlocks(view, chainIds, level) : blocksAt(view, chainIds, level, l1.number)
	const block = view.l1(number)
	if (block === undefined) throw new SkippedDataError(`L1 block ${number} is not kept`)
	if (l1?.hash !== undefined && l1.hash !== block.hash)
		throw new ConflictError(`L1 block ${number} is ${block.hash}, not ${l1.hash}`)
	return { level, l1: block, timestamp: oldestTime(chains), chains }
}

/** The selector that names this very cut, whatever comes after it. @param selector by which it was found */
function pinned(cut: Cut, selector: CutSelector): CutSelector {
	const { level, l1, timestamp } = cut
	if (selector.timestamp !== undefined || l1 === undefined) return { level, timestamp }
	return { level, l1: { number: l1.number, hash: l1.hash } }
}

/** Whether a cut is still what its selector names. */
export function holds(view: View, rollups: Rollups, cut: Cut, selector: CutSelector): boolean {
	try {
		return isDeepStrictEqual(cutOf(view, rollups, pinned(cut, selector)), cut)
	} catch (error) {
		if (error instanceof ProtocolError && !(error instanceof DataCorruptionError)) return false
		throw error
	}
}

/** Every chain's last block at or before a time, if all have it and are as safe there as is wanted. */
function cutAtTime(view: View, rollups: Rollups, level: ReadLevel, timestamp: number): Cut {
	const chains = new Map<ChainId, BlockRef>()
	let l1: BlockRef | undefined
	for (const chainId of chainIdsOf(rollups)) {
		const number = numberAt(rollups, chainId, BigInt(timestamp))
		if (number === undefined) throw new SkippedDataError(`chain ${chainId} begins after ${timestamp}`)
		const { block, source } = blockOfLevel(view, chainId, level, number)
		chains.set(chainId, block)
		if (source !== undefined && source >= (l1?.number ?? 0)) l1 = view.l1(source)
	}
	return { level, l1, timestamp, chains }
}

interface Placed {
	readonly block: BlockRef
	/** The number of the L1 block from which on it is of the level. */
	readonly source?: number
}

function blockOfLevel(view: View, chainId: ChainId, level: ReadLevel, number: number): Placed {
	const head = headOf(view, chainId, level)
	if (head === undefined || number > head.number)
		throw new FutureDataError(
			`block ${number} of chain ${chainId} is not ${level} yet: not found, its head is ${head === undefined ? 'not known' : formatBlock(head)}`,
		)
	const found = placedBlock(view, chainId, level, number)
	if (found !== undefined) return found
	const kept = view.firstKept(chainId)
	if (kept !== undefined && number < kept.number)
		throw new SkippedDataError(
			`block ${number} of chain ${chainId} is before ${formatBlock(kept)}, from which on blocks are kept`,
		)
	throw new FutureDataError(`block ${number} of chain ${chainId} is being reorganised: not found`)
}

function placedBlock(view: View, chainId: ChainId, level: ReadLevel, number: number): Placed | undefined {
	if (!hasL1(level)) {
		const block = view.canonical(chainId, number)
		return block && { block }
	}
	const block = view.localSafe(chainId, number)
	if (block === undefined || level === 'local-safe') return block && { block, source: block.source }
	const crossSafe = view.crossSafe(chainId, number)
	return crossSafe?.hash === block.hash ? { block, source: crossSafe.scope } : undefined
}

function headOf(view: View, chainId: ChainId, level: ReadLevel) {
	switch (level) {
		case 'unsafe':
			return view.localUnsafe(chainId)
		case 'cross-unsafe':
			return view.crossUnsafe(chainId)
		case 'local-safe':
			return view.localSafeHead(chainId)?.derived
		case 'safe':
			return view.crossSafeHead(chainId)
		case 'finalized':
			return view.finalized(chainId)
	}
}

/** The newest time up to which all chains have all their blocks of a level. */
function newestTime(view: View, rollups: Rollups, level: ReadLevel): number {
	const heads = chainIdsOf(rollups).map((chainId): [ChainId, BlockRef] => {
		const head = headOf(view, chainId, level)
		const block = head && view.canonical(chainId, head.number)
		if (head === undefined || block === undefined)
			throw new FutureDataError(`chain ${chainId} has no ${level} block yet`)
		if (block.hash !== head.hash)
			throw new FutureDataError(`block ${formatBlock(head)} of chain ${chainId} is being reorganised`)
		return [chainId, block]
	})
	return oldestTime(new Map(heads))
}

function oldestTime(chains: ReadonlyMap<ChainId, BlockRef>): number {
	return Math.min(...[...chains.values()].map(({ timestamp }) => timestamp))
}
