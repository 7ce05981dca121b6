import { statSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { RootDatabase } from 'lmdb'
import type { ChainId } from '../protocol/chain-id.js'
import { StorageError, StoreCopyError } from './errors.js'
import { logEnvironmentPath, openLogEnvironment } from './log-environment.js'
import { META_FILE, metaPath, openMeta } from './tables.js'

export interface CopyOptions {
	readonly directory: string
	readonly chains: readonly ChainId[]
	/** An empty directory. */
	readonly target: string
	/** Looked at between two files. */
	readonly signal?: AbortSignal
}

/** One file of a copy. `sourceBytes` is at least the size that it will have. */
export interface CopiedFile {
	readonly path: string
	readonly sourceBytes: number
}

/** The names of the files of a store, `meta.mdb` first. */
export function storeFiles(chains: readonly ChainId[]): string[] {
	return [META_FILE, ...chains.map((chainId) => basename(logEnvironmentPath('', chainId)))]
}

/**
 * Copies a store without its free pages, while another process may write to it: LMDB copies what one read transaction
 * sees. Log blocks are committed before the rows that name them and are never changed, so the log environments are
 * copied after the tables. The copy is a store of its own.
 * @param onFile called when the copying of a file begins
 * @throws DataDirectoryError, StoreCopyError
 */
export async function copyStore(options: CopyOptions, onFile: (file: CopiedFile) => void): Promise<void> {
	const { directory, chains, target, signal } = options
	const copy = async (source: string, open: () => Promise<RootDatabase<Buffer, Buffer>>) => {
		const path = join(target, basename(source))
		let env: RootDatabase<Buffer, Buffer> | undefined
		try {
			signal?.throwIfAborted()
			env = await open()
			onFile({ path, sourceBytes: statSync(source).size })
			await env.backup(path, true)
		} catch (cause) {
			if (signal?.aborted || cause instanceof StorageError) throw cause
			throw new StoreCopyError(source, path, cause)
		} finally {
			await env?.close()
		}
	}
	const tables = async () => (await openMeta({ directory, chains, readOnly: true })).env
	await copy(metaPath(directory), tables)
	for (const chainId of chains)
		await copy(logEnvironmentPath(directory, chainId), async () =>
			openLogEnvironment({ directory, chainId, readOnly: true }),
		)
}
