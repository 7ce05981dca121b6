import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { getSystemErrorName } from 'node:util'
import { StorageWriteError } from './errors.js'

/** How long to wait for lmdb-js to tell why a commit failed; it tells within the same turn. */
const COMMIT_ERROR_WAIT_MS = 1_000
/** LMDB refuses every transaction after a failed write of its meta page. */
const MDB_PANIC = -30795

/** Writing does not work at the moment, and why. */
export interface WriteFault {
	readonly error: StorageWriteError
	readonly reason: string
	/** Milliseconds since 1970 of the first failure. */
	readonly since: number
}

/**
 * Tells a failed write from an error that the writing code threw itself: lmdb-js's errors carry LMDB's or the
 * system's number in `code`, those of an asynchronous commit a promise of it in `commitError`.
 * @returns undefined if `error` is no failed write.
 */
export async function asWriteError(error: unknown, path: string): Promise<StorageWriteError | undefined> {
	if (error instanceof Error && 'commitError' in error) {
		const cause = await Promise.race([
			Promise.resolve(error.commitError).then(
				() => undefined,
				(reason: unknown) => reason,
			),
			new Promise<undefined>((resolve) => setTimeout(resolve, COMMIT_ERROR_WAIT_MS, undefined).unref()),
		])
		return toWriteError(cause instanceof Error ? cause : error, path)
	}
	return syncWriteError(error, path)
}

/** The same for an error of a synchronous transaction. */
export function syncWriteError(error: unknown, path: string): StorageWriteError | undefined {
	if (error instanceof Error && 'code' in error && typeof error.code === 'number' && isNativeError(error))
		return toWriteError(error, path)
	return undefined
}

/** Our own errors have numeric codes too, those of the RPC table; LMDB's are errno values or -307xx. */
function isNativeError(error: Error & { code: unknown }): boolean {
	return (
		typeof error.code === 'number' && (error.code > 0 || (error.code <= -30_700 && error.code >= -30_800))
	)
}

function toWriteError(cause: Error, path: string): StorageWriteError {
	const code = 'code' in cause && typeof cause.code === 'number' ? cause.code : undefined
	return new StorageWriteError(
		path,
		errnoName(code, cause),
		`${cause.message}${hint(code, path)}`,
		code === MDB_PANIC,
		{ cause },
	)
}

function errnoName(code: number | undefined, cause: Error): string {
	if (code === undefined) return 'unknown error'
	if (code > 0) return getSystemErrorName(-code)
	return /^MDB_[A-Z_]+/.exec(cause.message)?.[0] ?? `LMDB error ${code}`
}

function hint(code: number | undefined, path: string): string {
	const free = freeSpace(path)
	// LMDB reports a write that was cut short, which is how a full disk begins, as an I/O error.
	const short = code === 5 ? ' (a full disk or file size limit shows as this, too)' : ''
	return `${short}${free === undefined ? '' : `, ${free} MiB free there`}`
}

function freeSpace(path: string): number | undefined {
	try {
		const { bavail, bsize } = statfsSync(dirname(path))
		return Math.floor((bavail * bsize) / 2 ** 20)
	} catch {
		// Only an extra for the message: the directory may be what is gone.
		return undefined
	}
}
