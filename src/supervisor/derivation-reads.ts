import { type BlockId, type BlockRef, blockId, formatBlock } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import {
	AwaitingReplacementError,
	ConflictError,
	DataCorruptionError,
	FutureDataError,
	SkippedDataError,
} from '../protocol/errors.js'
import { ZERO_HASH } from '../protocol/hash.js'
import type { CrossSafeBlock, View } from '../storage/index.js'

/** What is said of everything that is before the first entry or after the last. */
const NOT_YET = 'no entry found'

/**
 * The L1 block at which an L2 block became cross-safe. The parent hash is zero for the first L1 block of the store,
 * whose parent is not in it (protocol notes, "crossDerivedToSource").
 * @throws FutureDataError if the block is not cross-safe yet. @throws SkippedDataError if it is before the chain's
 * first. @throws ConflictError if another block is cross-safe at its number.
 */
export function crossDerivedToSource(view: View, chainId: ChainId, derived: BlockId): BlockRef {
	const block = crossSafeAt(view, chainId, derived.number)
	if (block.hash !== derived.hash)
		throw new ConflictError(
			`cross-safe block ${derived.number} of chain ${chainId} is ${block.hash}, not ${derived.hash}`,
		)
	const source = scopeOf(view, block)
	const first = view.firstCrossSafe(chainId)
	const isFirst = first?.scope === source.number && first.number === view.anchor(chainId)?.number
	return isFirst ? { ...source, parentHash: ZERO_HASH } : source
}

function crossSafeAt(view: View, chainId: ChainId, number: number): CrossSafeBlock {
	const block = view.crossSafe(chainId, number)
	if (block !== undefined) return block
	const first = view.firstCrossSafe(chainId)
	if (first !== undefined && number < first.number)
		throw new SkippedDataError(
			`block ${number} of chain ${chainId} is before the first cross-safe block ${formatBlock(first)}`,
		)
	throw new FutureDataError(`${NOT_YET}: block ${number} of chain ${chainId} is not cross-safe yet`)
}

/** The L1 block within whose scope a block became cross-safe. @throws DataCorruptionError if it is not stored */
export function scopeOf(view: View, block: Pick<CrossSafeBlock, 'scope' | 'number'>): BlockRef {
	const source = view.l1(block.scope)
	if (source !== undefined) return source
	throw new DataCorruptionError(`L1 block ${block.scope}, the scope of block ${block.number}, is not stored`)
}

/**
 * The last local-safe block of every chain at an L1 block.
 * @throws FutureDataError, SkippedDataError if a chain is not derived so far, or begins later.
 * @throws ConflictError if the stored L1 block of that number is another one. @throws AwaitingReplacementError if
 * a block derived there is invalid and not replaced yet.
 */
export function allSafeDerivedAt(view: View, source: BlockId): Map<ChainId, BlockId> {
	return new Map(view.chainIds.map((chainId) => [chainId, safeDerivedAt(view, chainId, source)]))
}

function safeDerivedAt(view: View, chainId: ChainId, source: BlockId): BlockId {
	const where = `L1 block ${formatBlock(source)}`
	const link = view.source(chainId, source.number)
	if (link === undefined) {
		const first = view.firstSource(chainId)
		if (first !== undefined && source.number < first.source.number)
			throw new SkippedDataError(
				`${NOT_YET}: chain ${chainId} is derived from L1 block ${formatBlock(first.source)} on, not from ${where}`,
			)
		throw new FutureDataError(`${NOT_YET}: chain ${chainId} is not derived from ${where} yet`)
	}
	if (link.source.hash !== source.hash)
		throw new ConflictError(`chain ${chainId} is derived from ${link.source.hash}, not from ${source.hash}`)
	const marker = view.pendingInvalidation(chainId)
	if (marker !== undefined && marker.scope <= source.number)
		throw new AwaitingReplacementError(
			`block ${formatBlock(marker.block)} of chain ${chainId}, derived from ${where}, is invalid and not replaced yet`,
		)
	return blockId(link.derived)
}
