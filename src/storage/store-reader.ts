import type { ChainId } from '../protocol/chain-id.js'
import { notWritable } from './data-directory.js'
import { SchemaVersionError } from './errors.js'
import { Snapshot } from './snapshot.js'
import { type EnvironmentFigures, environmentFigures, type RowCounts, rowCounts } from './store-figures.js'
import { type MetaEnvironment, openMeta, openTables, type Tables, type TablesOptions } from './tables.js'

/** Raised with every change of the layout of rows or records. */
export const SCHEMA_VERSION = 2

/** What every opener of a store can do: read, in explicit snapshots. */
export class StoreReader {
	private readonly snapshots = new Set<Snapshot>()

	constructor(protected readonly tables: Tables) {}

	/** Takes a snapshot; the caller calls `done` in `finally`. */
	snapshot(): Snapshot {
		const snapshot = Snapshot.take(this.tables, (done) => this.snapshots.delete(done))
		this.snapshots.add(snapshot)
		return snapshot
	}

	/** Runs `action` on a snapshot that is released after it. It must not return a promise: take `snapshot` for that. */
	read<T>(action: (snapshot: Snapshot) => T): T {
		const snapshot = this.snapshot()
		try {
			const result = action(snapshot)
			if (typeof result === 'object' && result !== null && 'then' in result)
				throw new TypeError('a read must not return a promise: its snapshot is released already')
			return result
		} finally {
			snapshot.done()
		}
	}

	/** Snapshots that are held at the moment: each keeps LMDB from reusing pages. */
	get openSnapshots(): number {
		return this.snapshots.size
	}

	/** Size and readers of each environment, for metrics. */
	environments(): EnvironmentFigures[] {
		return environmentFigures(this.tables)
	}

	/** For metrics. @throws UnknownChainError */
	rowCounts(chainId: ChainId): RowCounts {
		return rowCounts(this.tables, chainId)
	}

	/** Ends what is still held: a read transaction must not outlive its environment. */
	protected releaseSnapshots(): void {
		for (const snapshot of [...this.snapshots]) snapshot.done()
	}
}

/** @throws SchemaVersionError */
export function checkSchema(meta: MetaEnvironment): void {
	const found = meta.state.get('schema', {})
	if (found !== SCHEMA_VERSION) throw new SchemaVersionError(meta.directory, found, SCHEMA_VERSION)
}

/** Opens the tables of a store that exists already. @throws DataDirectoryError, SchemaVersionError */
export async function openExisting(options: TablesOptions): Promise<Tables> {
	let meta: MetaEnvironment | undefined
	try {
		meta = await openMeta(options)
		checkSchema(meta)
		return openTables(meta, options)
	} catch (error) {
		await meta?.env.close()
		throw notWritable(options.directory, error)
	}
}
