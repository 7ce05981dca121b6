import { expect } from 'vitest'
import type { BlockId } from '../../src/protocol/block.js'
import type { ChainId } from '../../src/protocol/chain-id.js'
import type { RecordedChain, Recording } from '../../src/recording/recording.js'
import { dumpCanonicalTables, openReader, type TableRow } from '../../src/storage/index.js'
import { storeFaults } from '../verify/store-faults.js'
import { canonicalBlocks } from './sample-recording.js'

const CROSS_TABLES: readonly string[] = ['cross_safe', 'scopes']

/** The tables that follow from what nodes and L1 say: those of cross-safety come after them, in their own time. */
export async function storedTables(directory: string, recording: Recording): Promise<TableRow[]> {
	return (await allTables(directory, recording)).filter(({ table }) => !CROSS_TABLES.includes(table))
}

/** All canonical tables of a data directory, which must hold all invariants. */
export async function allTables(directory: string, recording: Recording): Promise<TableRow[]> {
	expect(await storeFaults(directory)).toEqual([])
	const reader = await openReader({ directory, chains: recording.chains.map((chain) => chain.chainId) })
	try {
		return [...dumpCanonicalTables(reader)]
	} finally {
		await reader.close()
	}
}

/** How often the canonical chains of a store were cut. */
export async function storedGeneration(directory: string, recording: Recording): Promise<number> {
	const reader = await openReader({ directory, chains: recording.chains.map((chain) => chain.chainId) })
	try {
		return reader.read((view) => view.generation)
	} finally {
		await reader.close()
	}
}

/**
 * The tables that a supervisor must have when it has followed a recording with `logsPerBlock` logs in each block but
 * genesis to its end. Made from the recording alone, by none of the code under test.
 */
export function expectedTables(recording: Recording, logsPerBlock = 3): TableRow[] {
	const last = Math.max(...[...recording.heads.values()].map((heads) => heads.localSafe?.source.number ?? 0))
	const l1 = recording.l1.filter((entry) => entry.canonical).map((entry) => entry.block)
	const rows: TableRow[] = []
	for (const row of l1) if (row.number <= last) rows.push({ table: 'l1', chainId: null, row })
	for (const chain of recording.chains)
		rows.push(...expectedChain(chain, l1.slice(0, last + 1), logsPerBlock))
	return rows
}

/** The same with the tables of cross-safety, for a cluster without messages: what is derived is cross-safe. */
export function expectedAllTables(recording: Recording, logsPerBlock = 3): TableRow[] {
	const rows = expectedTables(recording, logsPerBlock)
	const l1 = rows.filter(({ table }) => table === 'l1')
	const chains = recording.chains.map(({ chainId }) => {
		const own = rows.filter((row) => row.chainId === chainId)
		const crossSafe = own.flatMap(({ table, row }) => {
			if (table !== 'local_safe') return []
			const { hash, number, source } = row as BlockId & { source: number }
			return [{ table: 'cross_safe' as const, chainId, row: { hash, number, scope: source } }]
		})
		const scopes = own.flatMap(({ table, row }) => {
			if (table !== 'sources') return []
			const { source, derived } = row as { source: BlockId; derived: BlockId }
			return [{ table: 'scopes' as const, chainId, row: { ...derived, scope: source.number } }]
		})
		return [...own, ...crossSafe, ...scopes]
	})
	return [...l1, ...chains.flat()]
}

function expectedChain(chain: RecordedChain, l1: readonly BlockId[], logsPerBlock: number): TableRow[] {
	const { chainId } = chain
	const genesis = chain.rollup.genesis.l2
	const bare = canonicalBlocks(chain.blocks).map(({ hash, number, parentHash, timestamp }) => ({
		hash,
		number,
		parentHash,
		timestamp,
	}))
	const sourceOf = new Map(chain.links.map((link) => [link.derived.number, link.source.number]))
	const rows: TableRow[] = []
	const add = (table: TableRow['table'], id: ChainId, row: object) => rows.push({ table, chainId: id, row })
	for (const block of bare)
		add('canonical', chainId, { ...block, logCount: block.number === genesis.number ? 0 : logsPerBlock })
	let derived: BlockId = genesis
	for (const source of l1) {
		for (const link of chain.links) if (link.source.number === source.number) derived = link.derived
		const of = { hash: derived.hash, number: derived.number }
		add('sources', chainId, {
			source: { hash: source.hash, number: source.number },
			derived: of,
			complete: true,
		})
	}
	for (const block of bare) {
		const source =
			block.number === genesis.number ? chain.rollup.genesis.l1.number : sourceOf.get(block.number)
		if (source !== undefined) add('local_safe', chainId, { ...block, source, scope: null })
	}
	return rows
}
