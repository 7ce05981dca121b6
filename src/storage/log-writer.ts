import type { RootDatabase } from 'lmdb'
import type { ChainId } from '../protocol/chain-id.js'
import { blockKey } from './keys.js'
import { logEnvironmentPath, openLogEnvironment } from './log-environment.js'
import type { PackedLogBlock } from './pack-log-block.js'
import { asWriteError } from './write-fault.js'

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
	private hasFailed = false

	constructor(
		options: LogWriterOptions,
		private readonly modules: { readonly env: RootDatabase<Buffer, Buffer> },
	) {
		this.path = logEnvironmentPath(options.directory, options.chainId)
	}

	/**
	 * Writes a batch in one transaction and resolves when it is durable and visible. lmdb-js's own thread waits for the
	 * disk: a worker decodes other blocks meanwhile. Ascending numbers fill LMDB's leaves; any order is correct, and
	 * writing a block once more is harmless: a hash has one content.
	 * @throws StorageWriteError if nothing of the batch could be committed. The writer stays usable.
	 */
	async writeBatch(blocks: readonly PackedLogBlock[]): Promise<void> {
		const { env } = this.modules
		try {
			// After a fatal error an asynchronous transaction would wait for ever; a synchronous one says so.
			if (this.hasFailed) env.transactionSync(() => undefined)
			await env.transaction(() => {
				for (const block of blocks) {
					const key = blockKey(block)
					// An append out of order is no error in lmdb-js: it returns false and has written nothing.
					const appended: unknown = env.putSync(key, block.record, { append: true })
					if (appended !== true) env.putSync(key, block.record)
				}
			})
			this.hasFailed = false
		} catch (error) {
			this.hasFailed = true
			throw (await asWriteError(error, this.path)) ?? error
		}
	}

	async close(): Promise<void> {
		await this.modules.env.close()
	}
}
