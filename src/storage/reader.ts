import type { ChainId } from '../protocol/chain-id.js'
import { expectStore } from './data-directory.js'
import { openExisting, StoreReader } from './store-reader.js'
import { closeTables } from './tables.js'

export interface ReaderOptions {
	readonly directory: string
	readonly chains: readonly ChainId[]
	readonly mapSizeBytes?: number
}

/**
 * Opens a store in another process than the writing one, read-only and without its lock.
 * @throws DataDirectoryError, SchemaVersionError
 */
export async function openReader(options: ReaderOptions): Promise<Reader> {
	expectStore(options.directory)
	return new Reader(await openExisting({ ...options, readOnly: true }))
}

/** The store as other processes see it. */
export class Reader extends StoreReader {
	async close(): Promise<void> {
		this.releaseSnapshots()
		await closeTables(this.tables)
	}
}
