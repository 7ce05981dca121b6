import type { ChainId } from '../protocol/chain-id.js'
import { expectStore, notWritable } from './data-directory.js'
import { DataDirectoryError } from './errors.js'
import { checkSchema, StoreReader } from './store-reader.js'
import { closeTables, openTables, type Tables } from './tables.js'

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
	const tables = openReadOnly(options)
	try {
		checkSchema(tables)
	} catch (error) {
		await closeTables(tables)
		throw error
	}
	return new Reader(tables)
}

/** The store as other processes see it. */
export class Reader extends StoreReader {
	async close(): Promise<void> {
		this.releaseSnapshots()
		await closeTables(this.tables)
	}
}

function openReadOnly(options: ReaderOptions): Tables {
	try {
		return openTables({ ...options, readOnly: true })
	} catch (cause) {
		if (cause instanceof DataDirectoryError) throw cause
		throw notWritable(options.directory, cause)
	}
}
