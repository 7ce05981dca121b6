/** The rooms above import the store from here. */
export type { LinkBatch } from './append-links.js'
export { type ChainIdentity, compareIdentities, storedIdentities } from './chain-identity.js'
export { type CopiedFile, copyStore, storeFiles } from './copy-store.js'
export {
	type DataDirectory,
	expectNoOtherFiles,
	holdsStore,
	INCOMING_FOLDER,
	LOCK_FILE,
	lockDirectory,
} from './data-directory.js'
export { dumpCanonicalTables, type TableRow } from './dump-tables.js'
export { type EarlyBlock, type EarlyBlocks, EarlyView } from './early-view.js'
export {
	DataDirectoryError,
	DataDirectoryInUseError,
	FingerprintMismatchError,
	SchemaVersionError,
	StorageError,
	StorageWriteError,
	StoreCopyError,
} from './errors.js'
export type { InvalidatedBlock } from './invalidated-table.js'
export { L1_CACHE_FILE, L1Cache, type L1CacheOptions } from './l1-cache.js'
export { type LogWriter, type LogWriterOptions, openLogWriter } from './log-writer.js'
export { type PackedLogBlock, packLogBlock } from './pack-log-block.js'
export type { ChainPromotion, Promotion } from './promote.js'
export { readIdentities } from './read-identities.js'
export type { LogBlock } from './read-log-block.js'
export { openReader, type Reader, type ReaderOptions } from './reader.js'
export { openSafetyStore, type SafetyStore } from './safety-store.js'
export type { Snapshot } from './snapshot.js'
export type { DisputedBlock, StoredIdentity } from './state-table.js'
export { openStore, type Store, type StoreOptions } from './store.js'
export type { EnvironmentFigures, RowCounts } from './store-figures.js'
export { SCHEMA_VERSION } from './store-reader.js'
export type {
	CrossSafeBlock,
	LocalSafeBlock,
	LocalSafeHead,
	SealedBlock,
	SourceLink,
} from './stored-blocks.js'
export type { View } from './view.js'
export type { WriteFault } from './write-fault.js'
