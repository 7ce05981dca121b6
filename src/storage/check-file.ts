import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { DataDirectoryError } from './errors.js'

/*
 * LMDB maps its file into memory and trusts it: a file that is no database, or shorter than its own meta page says,
 * kills the process with a segmentation fault or bus error instead of raising an error. So both are found out before
 * LMDB sees the file. Offsets are those of the two meta pages at the beginning of a file of LMDB 0.9 on a
 * little-endian 64-bit machine, the only ones for which lmdb-js has binaries.
 */
const MAGIC = 0xbeefc0de
const MAGIC_OFFSET = 24
const PAGE_SIZE_OFFSET = 48
const LAST_PAGE_OFFSET = 144
const TRANSACTION_OFFSET = 152
const META_SIZE = 160
/**
 * A whole file may be shorter than its meta page says: pages that were taken and given back in one transaction are
 * never written, and may be the last ones. In 3,000 transactions of mixed appends and removals two were short, by up to
 * 4 pages.
 */
const UNWRITTEN_PAGES = 64

/** Checks that a file can be given to LMDB; a file that does not exist or is empty can. @throws DataDirectoryError */
export function checkDatabaseFile(directory: string, path: string): void {
	const file = openIfThere(path)
	if (file === undefined) return
	try {
		const { size } = fstatSync(file)
		if (size === 0) return
		const first = readMeta(file, 0)
		const pageSize = first?.pageSize ?? 0
		const second = pageSize >= 512 ? readMeta(file, pageSize) : undefined
		if (first === undefined || second === undefined || size < 2 * pageSize)
			throw new DataDirectoryError(
				directory,
				`${path} is damaged or no database: restore it, or choose an empty directory`,
			)
		const { lastPage } = second.transaction > first.transaction ? second : first
		const expected = (lastPage + 1) * pageSize
		if (size < expected - UNWRITTEN_PAGES * pageSize)
			throw new DataDirectoryError(
				directory,
				`${path} has lost its end (${size} of ${expected} bytes): restore it, or choose an empty directory`,
			)
	} finally {
		closeSync(file)
	}
}

function openIfThere(path: string): number | undefined {
	try {
		return openSync(path, 'r')
	} catch (error) {
		// Nothing there yet: LMDB makes it.
		if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
		throw error
	}
}

function readMeta(file: number, offset: number) {
	const bytes = Buffer.alloc(META_SIZE)
	if (readSync(file, bytes, 0, META_SIZE, offset) < META_SIZE) return undefined
	if (bytes.readUInt32LE(MAGIC_OFFSET) !== MAGIC) return undefined
	return {
		pageSize: bytes.readUInt32LE(PAGE_SIZE_OFFSET),
		lastPage: Number(bytes.readBigUInt64LE(LAST_PAGE_OFFSET)),
		transaction: bytes.readBigUInt64LE(TRANSACTION_OFFSET),
	}
}
