import { type BlockRef, formatBlock } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import {
	AwaitingReplacementError,
	ConflictError,
	FutureDataError,
	OutOfOrderError,
} from '../protocol/errors.js'
import { blockKey } from './keys.js'
import { lendBinary } from './lend-binary.js'
import { readHeader } from './log-block-layout.js'
import type { SealedBlock } from './stored-blocks.js'
import { type ChainTables, chainTables, type Tables } from './tables.js'
import type { View } from './view.js'

/**
 * Appends a run of blocks to a chain's local-unsafe chain. All of it is checked before the first put.
 * @throws FutureDataError if the run begins above the next block, or a log block of it is not committed.
 * @throws OutOfOrderError if it begins below the next block, has a gap, or the chain was not started.
 * @throws ConflictError if a parent does not match, time does not grow, or a block was invalidated.
 * @throws AwaitingReplacementError if a marker stands at or below one of the blocks.
 * @throws DataCorruptionError if a log block is damaged.
 */
export function seal(tables: Tables, view: View, chainId: ChainId, run: readonly SealedBlock[]): void {
	const chain = chainTables(tables, chainId)
	let parent: BlockRef | undefined = view.localUnsafe(chainId)
	if (parent === undefined) throw new OutOfOrderError(`chain ${chainId} has no first block yet`)
	const marker = view.pendingInvalidation(chainId)
	// What index workers have committed meanwhile is seen only by a new read transaction.
	chain.logs.resetReadTxn()
	for (const block of run) {
		checkExtends(chainId, parent, block)
		if (marker !== undefined && block.number >= marker.block.number)
			throw new AwaitingReplacementError(`chain ${chainId}: ${formatBlock(marker.block)} is not replaced yet`)
		if (chain.invalidated.get(block, {}) !== undefined)
			throw new ConflictError(`chain ${chainId}: ${formatBlock(block)} was invalidated`)
		checkLogBlock(chain, block)
		parent = block
	}
	for (const { number, hash, parentHash, timestamp, logCount } of run)
		chain.canonical.put(number, { hash, parentHash, timestamp, logCount })
}

/**
 * Checks that `block` is the child of `parent` and later than it (rules, P1).
 * @throws FutureDataError, OutOfOrderError, ConflictError
 */
export function checkExtends(chainId: ChainId, parent: BlockRef, block: BlockRef): void {
	const found = `chain ${chainId}: ${formatBlock(block)} on ${formatBlock(parent)}`
	if (block.number > parent.number + 1) throw new FutureDataError(`${found} leaves a gap`)
	if (block.number <= parent.number) throw new OutOfOrderError(`${found} does not come next`)
	if (block.parentHash !== parent.hash) throw new ConflictError(`${found}: its parent is ${block.parentHash}`)
	if (block.timestamp <= parent.timestamp)
		throw new ConflictError(`${found}: its time ${block.timestamp} is not above ${parent.timestamp}`)
}

/** A block is sealed only after its log block was committed, and only if the two agree. */
function checkLogBlock(chain: ChainTables, block: SealedBlock): void {
	const record = lendBinary(chain.logs, blockKey(block), {})
	if (record === undefined)
		throw new FutureDataError(`chain ${chain.chainId}: the logs of ${formatBlock(block)} are not committed`)
	const { logCount, parentHash, timestamp } = readHeader(record, chain.chainId, block)
	if (logCount !== block.logCount || parentHash !== block.parentHash || timestamp !== block.timestamp)
		throw new ConflictError(
			`chain ${chain.chainId}: ${formatBlock(block)} is not the block whose logs were indexed ` +
				`(${logCount} logs, time ${timestamp}, parent ${parentHash})`,
		)
}
