import { type FileHandle, open } from 'node:fs/promises'
import { ChunkHasher, hashFile } from './hash-chunks.js'
import type { SnapshotFile } from './manifest.js'
import type { SnapshotClient } from './snapshot-client.js'

/** Bytes came that are not those of the manifest. */
export class ChunkMismatchError extends Error {
	constructor(
		readonly file: string,
		readonly chunk: number,
	) {
		super(`chunk ${chunk} of ${file} does not match its checksum`)
		this.name = 'ChunkMismatchError'
	}
}

/** How many whole chunks of a file are there already, from its beginning. */
export async function wholeChunks(
	path: string,
	file: SnapshotFile,
	chunkBytes: number,
	signal: AbortSignal,
): Promise<number> {
	let found: readonly string[]
	try {
		found = await hashFile(path, chunkBytes, { signal })
	} catch (error) {
		if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 0
		throw error
	}
	const wrong = file.chunks.findIndex((checksum, index) => found[index] !== checksum)
	if (wrong !== -1) return wrong
	// A file that goes on behind its end is cut when its last chunk is fetched again.
	return found.length > file.chunks.length ? file.chunks.length - 1 : file.chunks.length
}

/**
 * Fetches a file from chunk `from` on, in order. Every chunk is checked when it is whole; `onChunk` is called then,
 * so that the caller knows where to go on after an error. Holds one piece of the answer at a time.
 * @throws ChunkMismatchError, EndpointUnavailableError (also if the answer ends early), SnapshotGoneError
 */
export async function fetchFile(
	client: SnapshotClient,
	path: string,
	file: SnapshotFile,
	{ from, chunkBytes }: { readonly from: number; readonly chunkBytes: number },
	onChunk: (bytes: number) => void,
): Promise<void> {
	const handle = await open(path, from === 0 ? 'w' : 'r+')
	try {
		await handle.truncate(from * chunkBytes)
		await receive(client, handle, file, { from, chunkBytes }, onChunk)
		await handle.sync()
	} finally {
		await handle.close()
	}
}

async function receive(
	client: SnapshotClient,
	handle: FileHandle,
	file: SnapshotFile,
	{ from, chunkBytes }: { readonly from: number; readonly chunkBytes: number },
	onChunk: (bytes: number) => void,
): Promise<void> {
	const hasher = new ChunkHasher(chunkBytes)
	let chunk = from
	let position = from * chunkBytes
	const check = (checksum: string) => {
		if (checksum !== file.chunks[chunk]) throw new ChunkMismatchError(file.name, chunk)
		onChunk(Math.min(chunkBytes, file.bytes - chunk * chunkBytes))
		chunk++
	}
	if (position < file.bytes) {
		for await (const piece of client.bytes(file.name, position)) {
			// What goes beyond the file is of another one.
			if (position + piece.length > file.bytes) throw new ChunkMismatchError(file.name, chunk)
			await handle.write(piece, 0, piece.length, position)
			position += piece.length
			hasher.update(piece, check)
		}
	}
	const last = hasher.end()
	if (last !== undefined) check(last)
	if (chunk < file.chunks.length) throw new ChunkMismatchError(file.name, chunk)
}
