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
	for (const name of await readdir(directory)) {
		if (name.endsWith('-lock')) continue
		const { size } = await stat(join(directory, name))
		totalBytes += size
		if (name.startsWith('logs-')) logBytes += size
	}
	return { totalBytes, logBytes }
}
