import { join } from 'node:path'
import { type Database, open, type RootDatabase } from 'lmdb'
import type { ChainId } from '../protocol/chain-id.js'
import { DataCorruptionError, UnknownChainError } from '../protocol/errors.js'
import { InvalidatedTable } from './invalidated-table.js'
import { MAX_READERS, openLogEnvironment } from './log-environment.js'
import { NumberTable } from './number-table.js'
import {
	type CanonicalRow,
	type CrossSafeRow,
	canonicalCodec,
	crossSafeCodec,
	type L1Row,
	type LocalSafeRow,
	l1Codec,
	localSafeCodec,
	type ScopeRow,
	type SourceRow,
	scopeCodec,
	sourceCodec,
} from './rows.js'
import { StateTable } from './state-table.js'

/** Address space for some 400 bytes a block over all tables: 600 million blocks; it grows by itself beyond that. */
const META_MAP_SIZE = 256 * 2 ** 30
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

/** All that is open of a data directory. */
export interface Tables {
	readonly directory: string
	readonly env: RootDatabase<Buffer, Buffer>
	readonly state: StateTable
	readonly l1: NumberTable<L1Row>
	readonly chains: ReadonlyMap<ChainId, ChainTables>
}

export interface TablesOptions {
	readonly directory: string
	readonly chains: readonly ChainId[]
	readonly readOnly?: boolean
	/** Of each environment; see the constants for what it is otherwise. */
	readonly mapSizeBytes?: number
}

export function metaPath(directory: string): string {
	return join(directory, 'meta.mdb')
}

/** Opens the environments of a data directory. All threads and processes open them through here, with equal flags. */
export function openTables(options: TablesOptions): Tables {
	const { directory, chains, readOnly = false } = options
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
		// With its batching lmdb-js makes a second promise for each commit, that nobody can catch when it fails.
		eventTurnBatching: false,
	})
	const table = (name: string): Database<Buffer, Buffer> => {
		const db = env.openDB<Buffer, Buffer>({ name, keyEncoding: 'binary', encoding: 'binary' })
		if (db === undefined) throw new DataCorruptionError(`${metaPath(directory)} has no table ${name}`)
		return db
	}
	const state = new StateTable(table('state'))
	const l1 = new NumberTable('l1', table('l1'), l1Codec)
	const byChain = new Map<ChainId, ChainTables>()
	for (const chainId of chains) {
		const numbered = <Row extends object>(
			name: string,
			codec: ConstructorParameters<typeof NumberTable<Row>>[2],
		) => new NumberTable<Row>(`${name} of chain ${chainId}`, table(`${name}/${chainId}`), codec)
		byChain.set(chainId, {
			chainId,
			canonical: numbered('canonical', canonicalCodec),
			sources: numbered('sources', sourceCodec),
			localSafe: numbered('local_safe', localSafeCodec),
			crossSafe: numbered('cross_safe', crossSafeCodec),
			scopes: numbered('scopes', scopeCodec),
			invalidated: new InvalidatedTable(`invalidated of chain ${chainId}`, table(`invalidated/${chainId}`)),
			logs: openLogEnvironment({ ...options, chainId }),
		})
	}
	return { directory, env, state, l1, chains: byChain }
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
