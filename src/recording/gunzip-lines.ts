import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'

/**
 * A line longer than this is refused: receipts of a full block of 5,000 logs take about 5 MB, so this leaves room
 * for blocks ten times as large, and a damaged file cannot fill the memory.
 */
const MAX_LINE_BYTES = 64 * 1024 * 1024

const NEWLINE = 0x0a

export class LineTooLongError extends Error {
	constructor(readonly limit: number) {
		super(`the line is longer than ${limit} bytes`)
		this.name = 'LineTooLongError'
	}
}

/**
 * Lines of a gzip'd text file, without their newlines, as bytes. What is not yet a whole line is all that is held.
 * A rest without newline at the end is the last line.
 * @throws LineTooLongError, and what zlib and the file system throw (a cut file: `Z_BUF_ERROR`).
 */
export async function* gunzipLines(path: string): AsyncGenerator<Buffer, void, undefined> {
	const file = createReadStream(path)
	const text = createGunzip({ chunkSize: 256 * 1024 })
	file.on('error', (error) => text.destroy(error))
	file.pipe(text)
	let parts: Buffer[] = []
	let size = 0
	try {
		for await (const chunk of text as AsyncIterable<Buffer>) {
			let from = 0
			for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
				const tail = chunk.subarray(from, end)
				from = end + 1
				// A copy, so that a small line does not keep the whole chunk alive.
				yield Buffer.concat(parts.length === 0 ? [tail] : [...parts, tail])
				parts = []
				size = 0
			}
			if (from < chunk.length) {
				const rest = chunk.subarray(from)
				parts.push(rest)
				size += rest.length
				if (size > MAX_LINE_BYTES) throw new LineTooLongError(MAX_LINE_BYTES)
			}
		}
		if (size > 0) yield Buffer.concat(parts)
	} finally {
		file.destroy()
		text.destroy()
	}
}
