import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

export interface DiskUse {
	/** Of all files of the data directory. */
	readonly totalBytes: number
	/** Of the log environments alone. */
	readonly logBytes: number
}

/** Sizes of the files of a data directory; of LMDB's without its lock files, which are the readers' table. */
export async function diskUse(directory: string): Promise<DiskUse> {
	let totalBytes = 0
	let logBytes = 0
	for (const entry of await readdir(directory, { withFileTypes: true, recursive: true })) {
		if (!entry.isFile() || entry.name.endsWith('-lock')) continue
		const { size } = await stat(join(entry.parentPath, entry.name))
		totalBytes += size
		if (entry.name.startsWith('logs-')) logBytes += size
	}
	return { totalBytes, logBytes }
}
