import { join } from 'node:path'
import { type Database, open, type RootDatabase } from 'lmdb'
import type { ChainId } from '../protocol/chain-id.js'
import { DataCorruptionError, UnknownChainError } from '../protocol/errors.js'
import { checkDatabaseFile } from './check-file.js'
import { DataDirectoryError } from './errors.js'
import { InvalidatedTable } from './invalidated-table.js'
import { MAX_READERS, openLogEnvironment } from './log-environment.js'
import { NumberTable } from './number-table.js'
import { Remembered } from './remembered.js'
import {
	type CanonicalRow,
	type CrossSafeRow,
	canonicalCodec,
	crossSafeCodec,
	type L1Row,
	type LocalSafeRow,
	l1Codec,
	localSafeCodec,
	type RowCodec,
	type ScopeRow,
	type SourceRow,
	scopeCodec,
	sourceCodec,
} from './rows.js'
import { StateTable } from './state-table.js'

/** Address space for some 400 bytes a block over all tables: 600 million blocks; it grows by itself beyond that. */
const META_MAP_SIZE = 256 * 2 ** 30
export const META_FILE = 'meta.mdb'
const TABLES_PER_CHAIN = 6
/** `state`, `l1`, and room for tables of later schema versions. */
const COMMON_TABLES = 8

/** The tables of one chain, and the environment of its log blocks. */
export interface ChainTables {
	readonly chainId: ChainId
	readonly canonical: NumberTable<CanonicalRow>
	readonly sources: NumberTable<SourceRow>
	readonly localSafe: NumberTable<LocalSafeRow>
	readonly crossSafe: NumberTable<CrossSafeRow>
	readonly scopes: NumberTable<ScopeRow>
	readonly invalidated: InvalidatedTable
	readonly logs: RootDatabase<Buffer, Buffer>
}

/** The environment of everything but log blocks, with the one table that says whether the rest may be opened. */
export interface MetaEnvironment {
	readonly directory: string
	readonly env: RootDatabase<Buffer, Buffer>
	readonly state: StateTable
}

/** All that is open of a data directory. */
export interface Tables extends MetaEnvironment {
	readonly l1: NumberTable<L1Row>
	readonly chains: ReadonlyMap<ChainId, ChainTables>
	readonly remembered: Remembered
}

export interface TablesOptions {
	readonly directory: string
	readonly chains: readonly ChainId[]
	readonly readOnly?: boolean
	/** Of each environment; see the constants for what it is otherwise. */
	readonly mapSizeBytes?: number
}

export function metaPath(directory: string): string {
	return join(directory, META_FILE)
}

/**
 * Opens the environment of the tables. Nothing is made in a file that has other tables than ours.
 * @throws DataDirectoryError
 */
export async function openMeta(options: TablesOptions): Promise<MetaEnvironment> {
	const { directory, chains, readOnly = false } = options
	checkDatabaseFile(directory, metaPath(directory))
	const env = open<Buffer, Buffer>({
		path: metaPath(directory),
		readOnly,
		maxDbs: COMMON_TABLES + TABLES_PER_CHAIN * chains.length,
		maxReaders: MAX_READERS,
		mapSize: options.mapSizeBytes ?? META_MAP_SIZE,
		keyEncoding: 'binary',
		encoding: 'binary',
		// As in openLogEnvironment.
		overlappingSync: false,
		eventTurnBatching: false,
	})
	// lmdb-js ends names of tables with a zero.
	const names = [...env.getKeys()].map((name) => Buffer.from(name).toString().replace(/\0$/, ''))
	if (names.length > 0 && !names.includes('state')) {
		await env.close()
		throw new DataDirectoryError(directory, `${META_FILE} is no store of Vigil: choose an empty directory`)
	}
	return { directory, env, state: new StateTable(openTable({ directory, env }, 'state')) }
}

/** Opens the tables and the log environments of the chains. All threads and processes open them through here. */
export function openTables(meta: MetaEnvironment, options: TablesOptions): Tables {
	const l1 = new NumberTable('l1', openTable(meta, 'l1'), l1Codec)
	const chains = new Map<ChainId, ChainTables>()
	for (const chainId of options.chains) {
		const numbered = <Row extends object>(name: string, codec: RowCodec<Row>) =>
			new NumberTable<Row>(`${name} of chain ${chainId}`, openTable(meta, `${name}/${chainId}`), codec)
		const invalidated = openTable(meta, `invalidated/${chainId}`)
		chains.set(chainId, {
			chainId,
			canonical: numbered('canonical', canonicalCodec),
			sources: numbered('sources', sourceCodec),
			localSafe: numbered('local_safe', localSafeCodec),
			crossSafe: numbered('cross_safe', crossSafeCodec),
			scopes: numbered('scopes', scopeCodec),
			invalidated: new InvalidatedTable(`invalidated of chain ${chainId}`, invalidated),
			logs: openLogEnvironment({ ...options, chainId }),
		})
	}
	return { ...meta, l1, chains, remembered: new Remembered() }
}

function openTable(meta: Omit<MetaEnvironment, 'state'>, name: string): Database<Buffer, Buffer> {
	const db = meta.env.openDB<Buffer, Buffer>({ name, keyEncoding: 'binary', encoding: 'binary' })
	if (db === undefined) throw new DataCorruptionError(`${metaPath(meta.directory)} has no table ${name}`)
	return db
}

/** @throws UnknownChainError */
export function chainTables(tables: Tables, chainId: ChainId): ChainTables {
	const chain = tables.chains.get(chainId)
	if (chain === undefined) throw new UnknownChainError(chainId)
	return chain
}

export async function closeTables(tables: Tables): Promise<void> {
	for (const chain of tables.chains.values()) await chain.logs.close()
	await tables.env.close()
}
