import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'

/** The lines of a file, gzipped (`.gz`) or plain, one after the other: the whole is never in memory. */
export async function* readLines(path: string): AsyncGenerator<string> {
	const file = createReadStream(path)
	const input = path.endsWith('.gz') ? file.pipe(createGunzip()) : file
	// A pipe does not pass errors on.
	file.on('error', (error) => input.destroy(error))
	for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
		if (line.trim() !== '') yield line
	}
}
