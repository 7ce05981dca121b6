import { join } from 'node:path'
import { open, type RootDatabase } from 'lmdb'
import type { ChainId } from '../protocol/chain-id.js'
import { checkDatabaseFile } from './check-file.js'

/**
 * A page that the next record does not fit into stays open at its end, on average for half a record: of 16 KB that is a
 * tenth, of 32 KB, the most that LMDB has, a twentieth. Its usual 4 KB put each record of 93 logs into overflow pages
 * of its own, 45 bytes a log. Counts when a file is made; an existing one keeps what it has.
 */
const LOG_PAGE_SIZE = 32_768
/**
 * Address space, not memory: at 36 bytes a log and 93 logs a block this is five years of two-second blocks, after
 * which lmdb-js enlarges the map by itself.
 */
const LOG_MAP_SIZE = 256 * 2 ** 30
/** Snapshots that threads and processes hold at the same time; LMDB's default is 126. */
export const MAX_READERS = 1_024

export interface LogEnvironmentOptions {
	readonly directory: string
	readonly chainId: ChainId
	readonly readOnly?: boolean
	readonly mapSizeBytes?: number
}

export function logEnvironmentPath(directory: string, chainId: ChainId): string {
	return join(directory, `logs-${chainId}.mdb`)
}

/** Opens the log blocks of one chain: key = block number and hash, value = packed record. Always durable. */
export function openLogEnvironment(options: LogEnvironmentOptions): RootDatabase<Buffer, Buffer> {
	const path = logEnvironmentPath(options.directory, options.chainId)
	checkDatabaseFile(options.directory, path)
	return open<Buffer, Buffer>({
		path,
		readOnly: options.readOnly ?? false,
		pageSize: LOG_PAGE_SIZE,
		mapSize: options.mapSizeBytes ?? LOG_MAP_SIZE,
		maxReaders: MAX_READERS,
		keyEncoding: 'binary',
		encoding: 'binary',
		// Flush before the commit becomes visible, so that a failed flush is a failed commit. As fast as the other way.
		overlappingSync: false,
		// With its batching lmdb-js makes a second promise for each commit, that nobody can catch when it fails.
		eventTurnBatching: false,
	})
}
