import type { ChainId } from '../protocol/chain-id.js'
import { type ChainIdentity, compareIdentities, storedIdentities } from './chain-identity.js'
import { expectStore } from './data-directory.js'
import { openExisting, StoreReader } from './store-reader.js'
import { closeTables } from './tables.js'

export interface ReaderOptions {
	readonly directory: string
	readonly chains: readonly ChainId[]
	/** What the store must be bound to, if that matters to the reader. */
	readonly identities?: readonly ChainIdentity[]
	readonly mapSizeBytes?: number
}

/**
 * Opens a store in another process or thread than the writing one, read-only and without its lock.
 * @throws DataDirectoryError, SchemaVersionError, FingerprintMismatchError
 */
export async function openReader(options: ReaderOptions): Promise<Reader> {
	const { directory, identities } = options
	expectStore(directory)
	const tables = await openExisting({ ...options, readOnly: true })
	try {
		const stored = tables.state.get('fingerprint', {}) ?? []
		if (identities !== undefined) compareIdentities(directory, stored, storedIdentities(identities))
	} catch (error) {
		await closeTables(tables)
		throw error
	}
	return new Reader(tables)
}

/** The store as others see it. */
export class Reader extends StoreReader {
	async close(): Promise<void> {
		this.releaseSnapshots()
		await closeTables(this.tables)
	}
}
