import type { RootDatabase } from 'lmdb'
import type { ChainId } from '../protocol/chain-id.js'
import { chainTables, type Tables } from './tables.js'

/** What LMDB says of an environment. */
export interface EnvironmentFigures {
	/** `meta`, or `logs-` and the chain ID. */
	readonly environment: string
	/** Pages that were ever used. */
	readonly usedBytes: number
	readonly mapBytes: number
	/** Slots of readers in use, of all threads and processes. */
	readonly readers: number
	readonly maxReaders: number
}

/** Rows of a chain: log blocks, L1 sources, scopes. */
export interface RowCounts {
	readonly logBlocks: number
	readonly sources: number
	readonly scopes: number
}

/** lmdb-js declares its answer as `{}`. */
interface LmdbStats {
	readonly root: { readonly pageSize: number }
	readonly lastPageNumber: number
	readonly mapSize: number
	readonly numReaders: number
	readonly maxReaders: number
	readonly entryCount: number
}

/** The figures of every environment of a store. LMDB has them at hand. */
export function environmentFigures(tables: Tables): EnvironmentFigures[] {
	return [
		figures('meta', tables.env),
		...[...tables.chains.values()].map(({ chainId, logs }) => figures(`logs-${chainId}`, logs)),
	]
}

/** @throws UnknownChainError */
export function rowCounts(tables: Tables, chainId: ChainId): RowCounts {
	const { logs, sources, scopes } = chainTables(tables, chainId)
	const { entryCount } = logs.getStats() as LmdbStats
	return { logBlocks: entryCount, sources: sources.count, scopes: scopes.count }
}

function figures(environment: string, env: RootDatabase<Buffer, Buffer>): EnvironmentFigures {
	const { root, lastPageNumber, mapSize, numReaders, maxReaders } = env.getStats() as LmdbStats
	return {
		environment,
		usedBytes: (lastPageNumber + 1) * root.pageSize,
		mapBytes: mapSize,
		readers: numReaders,
		maxReaders,
	}
}
