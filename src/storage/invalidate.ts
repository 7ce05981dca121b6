import { formatBlock, sameBlock } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import { AwaitingReplacementError, ConflictError } from '../protocol/errors.js'
import { removeCanonicalAbove } from './cut-canonical.js'
import { trimSources } from './cut-local-safe.js'
import type { InvalidatedBlock } from './invalidated-table.js'
import { lowerCrossUnsafe, raiseGeneration } from './lower-heads.js'
import type { SealedBlock } from './stored-blocks.js'
import { chainTables, type Tables } from './tables.js'
import type { View } from './view.js'

/**
 * The durable part of an invalidation (rules, section 7): removes the block and what follows it from local-safe,
 * sources above the scope, the log index above its parent, and puts the marker. Which block, at which scope, and
 * where the cross-unsafe heads of other chains go, is decided elsewhere.
 * @throws ConflictError if the block is not local-safe, or its parent not the cross-safe head.
 * @throws AwaitingReplacementError if another marker stands.
 */
export function invalidate(
	tables: Tables,
	view: View,
	chainId: ChainId,
	invalid: Omit<InvalidatedBlock, 'replacement'>,
): void {
	const { block, scope } = invalid
	const chain = chainTables(tables, chainId)
	const marker = view.pendingInvalidation(chainId)
	if (marker !== undefined)
		throw new AwaitingReplacementError(`chain ${chainId}: ${formatBlock(marker.block)} is not replaced yet`)
	const found = `chain ${chainId}: cannot invalidate ${formatBlock(block)} at scope ${scope}`
	if (view.localSafe(chainId, block.number)?.hash !== block.hash)
		throw new ConflictError(`${found}: it is not local-safe`)
	const safe = view.crossSafeHead(chainId)
	if (safe === undefined || safe.number !== block.number - 1 || safe.hash !== block.parentHash)
		throw new ConflictError(`${found}: its parent is not the cross-safe head`)
	const source = chain.sources.get(scope, {})
	if (source === undefined) throw new ConflictError(`${found}: the chain has no source ${scope}`)

	chain.localSafe.removeAbove(block.number - 1)
	chain.sources.removeAbove(scope)
	// Rows below the scope stay as they were known then; the scope's own row ends at the parent until the replacement.
	chain.sources.put(scope, {
		hash: source.hash,
		derivedNumber: safe.number,
		derivedHash: safe.hash,
		complete: false,
	})
	chain.invalidated.put({ ...invalid, replacement: null })
	removeCanonicalAbove(tables, chainId, safe)
	lowerCrossUnsafe(tables, chain, safe)
	raiseGeneration(tables)
}

/**
 * Puts a replacement into the place of the block whose marker stands: into local-safe, its scope's source, and the
 * log index if that ends at its parent. The marker becomes history. Its log block must be committed.
 * @throws ConflictError if no marker stands, or the replacement has not the number, time and parent of its block.
 */
export function replace(tables: Tables, view: View, chainId: ChainId, replacement: SealedBlock): void {
	const chain = chainTables(tables, chainId)
	const marker = view.pendingInvalidation(chainId)
	const found = `chain ${chainId}: replacement ${formatBlock(replacement)}`
	if (marker === undefined) throw new ConflictError(`${found} of nothing`)
	const { block, scope } = marker
	const { hash, number, parentHash, timestamp, logCount } = replacement
	if (
		number !== block.number ||
		timestamp !== block.timestamp ||
		parentHash !== block.parentHash ||
		sameBlock(block, replacement)
	)
		throw new ConflictError(`${found} does not fit ${formatBlock(block)}`)
	const source = chain.sources.get(scope, {})
	if (source === undefined) throw new ConflictError(`${found}: the chain has no source ${scope}`)
	chain.invalidated.put({ ...marker, replacement: { hash, number } })
	chain.localSafe.put(number, { hash, parentHash: null, timestamp, source: scope, scope })
	chain.sources.put(scope, { ...source, derivedNumber: number, derivedHash: hash })
	const head = view.localUnsafe(chainId)
	if (head?.hash === parentHash) chain.canonical.put(number, { hash, parentHash, timestamp, logCount })
	trimSources(chain)
	raiseGeneration(tables)
}
