import type { ChainId } from '../protocol/chain-id.js'
import type { StoreReader } from './store-reader.js'
import type { View } from './view.js'

/** One row of a canonical table; `row` holds plain values only. */
export interface TableRow {
	readonly table: 'l1' | 'canonical' | 'sources' | 'local_safe' | 'cross_safe' | 'scopes' | 'invalidated'
	/** Null for tables of the whole cluster. */
	readonly chainId: ChainId | null
	readonly row: object
}

/**
 * All canonical tables, row by row, chains in the order of the configuration, rows by key: two stores that have
 * seen the same winning chains give equal sequences. What depends on the way there is left out: the generation, the
 * time at which a block was found invalid, log blocks that no canonical row names.
 */
export function* dumpCanonicalTables(store: StoreReader): Generator<TableRow> {
	const snapshot = store.snapshot()
	try {
		yield* dumpView(snapshot)
	} finally {
		snapshot.done()
	}
}

function* dumpView(view: View): Generator<TableRow> {
	for (const row of view.l1Blocks()) yield { table: 'l1', chainId: null, row }
	for (const chainId of view.chainIds) {
		for (const row of view.canonicalFrom(chainId, 0)) yield { table: 'canonical', chainId, row }
		for (const row of view.sources(chainId)) yield { table: 'sources', chainId, row }
		for (const row of view.localSafeFrom(chainId, 0)) yield { table: 'local_safe', chainId, row }
		for (const row of view.crossSafeFrom(chainId, 0)) yield { table: 'cross_safe', chainId, row }
		for (const row of view.scopes(chainId)) yield { table: 'scopes', chainId, row }
		for (const { time: _, ...row } of view.invalidatedBlocks(chainId))
			yield { table: 'invalidated', chainId, row }
	}
}
