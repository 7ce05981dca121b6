import { randomBytes } from 'node:crypto'
import { readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import {
	type CopiedFile,
	copyStore,
	LOCK_FILE,
	lockDirectory,
	readIdentities,
	SCHEMA_VERSION,
	storedIdentities,
	storeFiles,
} from '../storage/index.js'
import { SnapshotError } from './errors.js'
import { hashFile } from './hash-chunks.js'
import {
	CHUNK_BYTES,
	encodeManifest,
	MANIFEST_FILE,
	type SnapshotFile,
	type SnapshotManifest,
} from './manifest.js'
import { syncDirectory, syncFile } from './sync-to-disk.js'

export interface MakeSnapshotOptions {
	readonly directory: string
	/** Must not exist, or be empty. */
	readonly out: string
	/** Of Vigil. */
	readonly version: string
	readonly chunkBytes?: number
	readonly signal?: AbortSignal
	readonly onProgress?: (progress: { part: string; done: number; total: number }) => void
}

/** The size of a file that is being written is looked at this often. */
const LOOK_MS = 100

/**
 * Copies the store of a data directory into a new directory, with a manifest. It appears under its name in one step
 * when it is whole and on disk; what a broken attempt left (`OUT.partial`) is removed by the next one. Works beside a
 * running Vigil.
 * @throws SnapshotError, StoreCopyError, DataDirectoryError, SchemaVersionError; an AbortError if it is stopped.
 */
export async function makeSnapshot(options: MakeSnapshotOptions): Promise<SnapshotManifest> {
	const { directory, signal, chunkBytes = CHUNK_BYTES } = options
	const out = resolve(options.out)
	await expectFree(out)
	const created = new Date().toISOString()
	const identities = await readIdentities(directory)
	const chains = identities.map(({ chainId }) => chainId)
	const partial = `${out}.partial`
	const lock = await lockDirectory(partial)
	try {
		await removeContent(partial)
		signal?.throwIfAborted()
		await copy(options, { chains, target: partial })
		const files: SnapshotFile[] = []
		for (const name of storeFiles(chains))
			files.push(await describe(join(partial, name), chunkBytes, options))
		const manifest = {
			id: randomBytes(16).toString('hex'),
			created,
			vigil: options.version,
			schema: SCHEMA_VERSION,
			chains: storedIdentities(identities),
			chunkBytes,
			files,
		}
		await writeFile(join(partial, MANIFEST_FILE), encodeManifest(manifest))
		await syncToDisk(partial, [...storeFiles(chains), MANIFEST_FILE])
		// The lock of this attempt does not belong into the snapshot, and neither do LMDB's.
		for (const name of await readdir(partial))
			if (name === LOCK_FILE || name.endsWith('-lock')) await rm(join(partial, name))
		await rename(partial, out)
		await syncDirectory(dirname(out))
		return manifest
	} catch (error) {
		await rm(partial, { recursive: true, force: true })
		throw error
	} finally {
		lock.release()
	}
}

async function expectFree(out: string): Promise<void> {
	const names = await readdir(out).catch((error: NodeJS.ErrnoException) => {
		if (error.code === 'ENOENT') return []
		throw new SnapshotError(`${out} is in the way (${error.code}): choose another name for the snapshot`)
	})
	if (names.length > 0)
		throw new SnapshotError(`${out} is not empty: remove it, or choose another name for the snapshot`)
}

async function removeContent(directory: string): Promise<void> {
	for (const name of await readdir(directory))
		if (name !== LOCK_FILE) await rm(join(directory, name), { recursive: true, force: true })
}

/** Copies, with the progress read off the size of the file that grows. Stops waiting when it is stopped. */
async function copy(
	{ directory, signal, onProgress }: MakeSnapshotOptions,
	options: { readonly chains: Parameters<typeof copyStore>[0]['chains']; readonly target: string },
): Promise<void> {
	let file: CopiedFile | undefined
	const look = setInterval(async () => {
		if (file === undefined) return
		const { path, sourceBytes } = file
		const done = await stat(path).then(
			({ size }) => size,
			() => 0,
		)
		onProgress?.({ part: `copying ${basename(path)}`, done, total: sourceBytes })
	}, LOOK_MS)
	let stopped: () => void = () => undefined
	const aborted = new Promise<never>((_resolve, reject) => {
		stopped = () => reject(signal?.reason)
		signal?.addEventListener('abort', stopped, { once: true })
	})
	try {
		const stop = signal === undefined ? {} : { signal }
		const copied = copyStore({ directory, ...options, ...stop }, (next) => {
			file = next
		})
		await Promise.race([copied, aborted])
	} finally {
		clearInterval(look)
		signal?.removeEventListener('abort', stopped)
	}
}

async function describe(
	path: string,
	chunkBytes: number,
	{ signal, onProgress }: MakeSnapshotOptions,
): Promise<SnapshotFile> {
	const { size } = await stat(path)
	let done = 0
	const chunks = await hashFile(path, chunkBytes, {
		...(signal === undefined ? {} : { signal }),
		onBytes: (bytes) => {
			done += bytes
			onProgress?.({ part: `checksums of ${basename(path)}`, done, total: size })
		},
	})
	return { name: basename(path), bytes: size, chunks }
}

async function syncToDisk(directory: string, names: readonly string[]): Promise<void> {
	for (const name of names) await syncFile(join(directory, name))
	await syncDirectory(directory)
}
