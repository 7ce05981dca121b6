import { closeSync, createReadStream, ftruncateSync, openSync, readSync, writeSync } from 'node:fs'
import { PartialRecordingError } from './record-errors.js'

const NEWLINE = 0x0a

/** Where bytes stand in a file. */
export interface Place {
	readonly offset: number
	readonly size: number
}

/** A JSON line of the file, and where the raw line behind it is if it has one. */
export interface JournalLine {
	readonly value: unknown
	readonly raw?: Place
}

/**
 * A file that only grows, of JSON lines, some followed by a line of raw bytes without newline. What a killed process
 * left unfinished at its end is cut off.
 */
export class JournalFile {
	readonly #descriptor: number
	#size: number

	private constructor(descriptor: number, size: number) {
		this.#descriptor = descriptor
		this.#size = size
	}

	/**
	 * Opens or makes the file and gives each of its lines to `read`.
	 * @param hasRaw whether a raw line follows a line with this value
	 * @throws PartialRecordingError for a line that is no JSON; errors of the file system
	 */
	static async open(
		path: string,
		hasRaw: (value: unknown) => boolean,
		read: (line: JournalLine) => void,
	): Promise<JournalFile> {
		const descriptor = openSync(path, 'a+')
		try {
			let whole = 0
			let pending: unknown
			for await (const { bytes, offset } of linesOf(path)) {
				if (pending === undefined) {
					const value = parse(path, bytes)
					if (hasRaw(value)) {
						pending = value
						continue
					}
					read({ value })
				} else {
					read({ value: pending, raw: { offset, size: bytes.length } })
					pending = undefined
				}
				whole = offset + bytes.length + 1
			}
			ftruncateSync(descriptor, whole)
			return new JournalFile(descriptor, whole)
		} catch (error) {
			closeSync(descriptor)
			throw error
		}
	}

	/** Adds a line, and returns where its raw bytes are. */
	append(value: object, raw?: Buffer): Place | undefined {
		const line = Buffer.from(`${JSON.stringify(value)}\n`)
		const bytes = raw === undefined ? line : Buffer.concat([line, raw, Buffer.from('\n')])
		for (let written = 0; written < bytes.length; ) written += writeSync(this.#descriptor, bytes, written)
		const offset = this.#size + line.length
		this.#size += bytes.length
		return raw === undefined ? undefined : { offset, size: raw.length }
	}

	read({ offset, size }: Place): Buffer {
		const bytes = Buffer.allocUnsafe(size)
		readSync(this.#descriptor, bytes, 0, size, offset)
		return bytes
	}

	close(): void {
		closeSync(this.#descriptor)
	}
}

/** Whole lines only: a rest without newline is left out. */
async function* linesOf(path: string): AsyncGenerator<{ readonly bytes: Buffer; readonly offset: number }> {
	let parts: Buffer[] = []
	let offset = 0
	for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
		let from = 0
		for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
			const bytes = Buffer.concat([...parts, chunk.subarray(from, end)])
			yield { bytes, offset }
			parts = []
			offset += bytes.length + 1
			from = end + 1
		}
		if (from < chunk.length) parts.push(chunk.subarray(from))
	}
}

function parse(path: string, bytes: Buffer): unknown {
	try {
		return JSON.parse(bytes.toString('utf8'))
	} catch {
		throw new PartialRecordingError(path, 'is damaged')
	}
}
