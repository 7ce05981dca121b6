import { accessSync, constants, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Waiting for the disk is nearly all that a small store costs, and these are thrown away at once. */
const MEMORY_DIRECTORY = '/dev/shm'

/** Makes an empty directory for stores, in memory where the machine has such a place. The caller removes it. */
export function scratchDirectory(name: string): string {
	return mkdtempSync(join(isWritable(MEMORY_DIRECTORY) ? MEMORY_DIRECTORY : tmpdir(), `vigil-${name}-`))
}

function isWritable(directory: string): boolean {
	try {
		accessSync(directory, constants.W_OK)
		return true
	} catch {
		// Not there, or not ours: both mean that another place must do.
		return false
	}
}
