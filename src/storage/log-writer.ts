import type { RootDatabase } from 'lmdb'
import type { ChainId } from '../protocol/chain-id.js'
import { blockKey } from './keys.js'
import { logEnvironmentPath, openLogEnvironment } from './log-environment.js'
import type { PackedLogBlock } from './pack-log-block.js'
import { syncWriteError } from './write-fault.js'

export interface LogWriterOptions {
	readonly directory: string
	readonly chainId: ChainId
	readonly mapSizeBytes?: number
}

/** Opens the log blocks of one chain for an index worker. The data directory must have been opened by `openStore`. */
export function openLogWriter(options: LogWriterOptions): LogWriter {
	return new LogWriter(options, { env: openLogEnvironment(options) })
}

/** Writes the log blocks of one chain, in one environment of its own: nobody who seals waits for it. */
export class LogWriter {
	private readonly path: string

	constructor(
		options: LogWriterOptions,
		private readonly modules: { readonly env: RootDatabase<Buffer, Buffer> },
	) {
		this.path = logEnvironmentPath(options.directory, options.chainId)
	}

	/**
	 * Writes a batch in one transaction and returns when it is durable and visible. Ascending numbers fill LMDB's
	 * leaves; any order is correct, and writing a block once more is harmless: a hash has one content.
	 * @throws StorageWriteError if nothing of the batch could be committed. The writer stays usable.
	 */
	writeBatch(blocks: readonly PackedLogBlock[]): void {
		const { env } = this.modules
		try {
			env.transactionSync(() => {
				for (const block of blocks) {
					const key = blockKey(block)
					// An append out of order is no error in lmdb-js: it returns false and has written nothing.
					const appended: unknown = env.putSync(key, block.record, { append: true })
					if (appended !== true) env.putSync(key, block.record)
				}
			})
		} catch (error) {
			throw syncWriteError(error, this.path) ?? error
		}
	}

	async close(): Promise<void> {
		await this.modules.env.close()
	}
}
