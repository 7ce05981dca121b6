import type { BlockId } from '../../src/protocol/block.js'
import type { ChainId } from '../../src/protocol/chain-id.js'
import type { RecordedChain, Recording } from '../../src/recording/recording.js'
import { dumpCanonicalTables, openReader, type TableRow } from '../../src/storage/index.js'
import { canonicalBlocks } from './sample-recording.js'

/** All canonical tables of a data directory. */
export async function storedTables(directory: string, recording: Recording): Promise<TableRow[]> {
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
