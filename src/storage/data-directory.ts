import {
	closeSync,
	existsSync,
	ftruncateSync,
	mkdirSync,
	openSync,
	readdirSync,
	readFileSync,
	writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { ProtocolError } from '../protocol/errors.js'
import { DataDirectoryError, DataDirectoryInUseError, StorageError } from './errors.js'
import { META_FILE, metaPath } from './tables.js'

export const LOCK_FILE = 'vigil.lock'
/** Folder in a data directory that holds what has come of another Vigil's snapshot so far. */
export const INCOMING_FOLDER = 'incoming'
/** What an empty directory may hold: what is ours, and what a file system puts into its root. */
const IGNORED_FILES = new Set([LOCK_FILE, INCOMING_FOLDER, 'lost+found'])

/** The data directory, locked for this process. */
export interface DataDirectory {
	release(): void
}

/**
 * Makes the directory if need be, locks it, and checks that it holds a store or nothing. The lock is one of the
 * kernel on an open file: it ends with the process, however that ends.
 * Rejects with DataDirectoryInUseError if another process has it open for writing, and with DataDirectoryError if it
 * cannot be written, or holds something else.
 */
export async function claimDirectory(directory: string): Promise<DataDirectory> {
	expectNoOtherFiles(directory)
	return lockDirectory(directory)
}

/** Makes the directory if need be. @throws DataDirectoryError if it holds other files and no store. */
export function expectNoOtherFiles(directory: string): void {
	const names = makeDirectory(directory)
	const foreign = names.filter((name) => !IGNORED_FILES.has(name))
	if (names.includes(META_FILE) || foreign.length === 0) return
	throw new DataDirectoryError(
		directory,
		`it holds no Vigil store but other files (${foreign.slice(0, 3).join(', ')}): choose an empty directory`,
	)
}

/**
 * Makes the directory if need be and locks it, whatever it holds. Rejects with DataDirectoryInUseError or
 * DataDirectoryError.
 */
export async function lockDirectory(directory: string): Promise<DataDirectory> {
	// Native code: only those who lock load it, not every thread that reads.
	const { tryLock } = await import('fs-native-extensions')
	makeDirectory(directory)
	const path = join(directory, LOCK_FILE)
	let file: number
	try {
		file = openSync(path, 'a+')
	} catch (cause) {
		throw notWritable(directory, cause)
	}
	if (!tryLock(file)) {
		closeSync(file)
		throw new DataDirectoryInUseError(directory, readFileSync(path, 'utf8').trim() || 'unknown process')
	}
	try {
		ftruncateSync(file)
		writeSync(file, `process ${process.pid}, started ${new Date().toISOString()}\n`)
	} catch {
		// Only for the other's error message; a full disk must not keep Vigil from starting and serving.
	}
	return { release: () => closeSync(file) }
}

export function holdsStore(directory: string): boolean {
	return existsSync(metaPath(directory))
}

/** @throws DataDirectoryError if the directory holds no store. For processes that only read. */
export function expectStore(directory: string): void {
	if (!holdsStore(directory))
		throw new DataDirectoryError(directory, `it holds no Vigil store (${metaPath(directory)} is missing)`)
}

/** MDB_INVALID, MDB_CORRUPTED, MDB_VERSION_MISMATCH */
const NOT_LMDB = new Set<unknown>([-30793, -30796, -30794])

/** Turns what opening a file or an environment threw into an error that says what to do. */
export function notWritable(directory: string, cause: unknown): Error {
	if (cause instanceof StorageError || cause instanceof ProtocolError) return cause
	const reason = cause instanceof Error ? cause.message : String(cause)
	if (cause instanceof Error && 'code' in cause && NOT_LMDB.has(cause.code))
		return new DataDirectoryError(
			directory,
			`a file in it is damaged or no database (${reason}): restore it, or choose an empty directory`,
			{ cause },
		)
	return new DataDirectoryError(
		directory,
		`it cannot be used (${reason}): create it and give it to the user that runs Vigil, or choose another one`,
		{ cause },
	)
}

function makeDirectory(directory: string): string[] {
	try {
		mkdirSync(directory, { recursive: true })
		return readdirSync(directory)
	} catch (cause) {
		throw notWritable(directory, cause)
	}
}
