import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'

/** Turns bytes that come in pieces of any size into the checksum of every chunk. */
export class ChunkHasher {
	#hash: Hash = createHash('sha256')
	#bytes = 0

	constructor(private readonly chunkBytes: number) {}

	/** @param onChunk called for each chunk that is full with these bytes, before the rest is taken */
	update(bytes: Uint8Array, onChunk: (checksum: string) => void): void {
		for (let rest = bytes; rest.length > 0; ) {
			const part = rest.subarray(0, this.chunkBytes - this.#bytes)
			this.#hash.update(part)
			this.#bytes += part.length
			rest = rest.subarray(part.length)
			if (this.#bytes === this.chunkBytes) onChunk(this.#take())
		}
	}

	/** The checksum of the last chunk, which is shorter; undefined if all were full. */
	end(): string | undefined {
		return this.#bytes === 0 ? undefined : this.#take()
	}

	#take(): string {
		const checksum = this.#hash.digest('hex')
		this.#hash = createHash('sha256')
		this.#bytes = 0
		return checksum
	}
}

/** The checksums of all chunks of a file. @param onBytes called with how many bytes were read since the last call */
export async function hashFile(
	path: string,
	chunkBytes: number,
	options: { readonly signal?: AbortSignal; readonly onBytes?: (bytes: number) => void } = {},
): Promise<string[]> {
	const chunks: string[] = []
	const hasher = new ChunkHasher(chunkBytes)
	const { signal, onBytes } = options
	for await (const piece of createReadStream(path, {
		highWaterMark: 256 * 1024,
		...(signal === undefined ? {} : { signal }),
	}) as AsyncIterable<Buffer>) {
		hasher.update(piece, (checksum) => chunks.push(checksum))
		onBytes?.(piece.length)
	}
	const last = hasher.end()
	return last === undefined ? chunks : [...chunks, last]
}
