import type { ChainId } from '../protocol/chain-id.js'
import { ConflictError } from '../protocol/errors.js'
import { raiseGeneration } from './lower-heads.js'
import { type ChainTables, chainTables, type Tables } from './tables.js'
import type { View } from './view.js'

/**
 * Cuts the local-safe chain above block `to`, with what was derived from L1 since.
 * @throws ConflictError if `to` is not local-safe, or below the cross-safe head.
 */
export function cutLocalSafe(tables: Tables, view: View, chainId: ChainId, to: number): void {
	const chain = chainTables(tables, chainId)
	if (view.localSafe(chainId, to) === undefined)
		throw new ConflictError(
			`chain ${chainId}: cannot cut local-safe to ${to}, there is no such local-safe block`,
		)
	const safe = view.crossSafeHead(chainId)
	if (safe !== undefined && safe.number > to)
		throw new ConflictError(
			`chain ${chainId}: cannot cut local-safe to ${to}, below the cross-safe ${safe.number}`,
		)
	if (chain.localSafe.removeAbove(to) === 0) return
	trimSources(chain)
	raiseGeneration(tables)
}

/**
 * Makes the sources end at the local-safe head again after a cut of it. A chain enters each source with the block
 * that it had before (the link rules let only one of the two advance), so the first source that went beyond the head
 * still began with the head: it stays, and is not complete any more.
 */
export function trimSources(chain: ChainTables): void {
	const head = chain.localSafe.last({})
	if (head === undefined) return
	let entry: number | undefined
	for (
		let last = chain.sources.last({});
		last !== undefined && beyond(last.row);
		last = chain.sources.last({})
	) {
		entry = last.at
		const below = chain.sources.atOrBelow(last.at - 1, {})
		if (below === undefined || !beyond(below.row)) break
		chain.sources.remove(last.at)
	}
	const row = entry === undefined ? undefined : chain.sources.get(entry, {})
	if (entry === undefined || row === undefined) return
	chain.sources.put(entry, {
		hash: row.hash,
		derivedNumber: head.at,
		derivedHash: head.row.hash,
		complete: false,
	})

	function beyond(row: { derivedNumber: number; derivedHash: string }): boolean {
		if (head === undefined) return false
		return row.derivedNumber > head.at || (row.derivedNumber === head.at && row.derivedHash !== head.row.hash)
	}
}
