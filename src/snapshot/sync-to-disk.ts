import { open } from 'node:fs/promises'

/** Flushes what was written to a file. */
export async function syncFile(path: string): Promise<void> {
	const file = await open(path, 'r+')
	try {
		await file.sync()
	} finally {
		await file.close()
	}
}

/** Flushes the names in a directory: a new file or name is not there after a power loss before that. */
export async function syncDirectory(path: string): Promise<void> {
	const directory = await open(path, 'r')
	try {
		await directory.sync()
	} finally {
		await directory.close()
	}
}
