import { MalformedValueError } from '../protocol/errors.js'
import { readObject } from './field-reader.js'
import { gunzipLines, LineTooLongError } from './gunzip-lines.js'
import { RECORDING_FORMAT, RECORDING_VERSION } from './recording.js'
import { MalformedRecordingError, NewerRecordingError, TruncatedRecordingError } from './recording-errors.js'
import { type HeaderLine, parseHeaderLine, parseRecordingLine, type RecordingLine } from './recording-line.js'

/** One entry of a recording in stream order; the receipts of a block come with it, as raw bytes. */
export type RecordingEntry =
	| { readonly type: 'header'; readonly header: HeaderLine }
	| {
			readonly type: 'line'
			readonly number: number
			readonly line: RecordingLine
			readonly receipts?: Buffer
	  }

/**
 * Reads a recording as a stream; no more than one line is held.
 * @throws NewerRecordingError, MalformedRecordingError, TruncatedRecordingError; errors of the file system.
 */
export async function* readRecording(path: string): AsyncGenerator<RecordingEntry, void, undefined> {
	let number = 0
	let complete = false
	let pending: Extract<RecordingLine, { type: 'l2' }> | undefined
	const lines = gunzipLines(path)
	try {
		for await (const bytes of lines) {
			number++
			if (complete)
				throw new MalformedRecordingError(path, number, 'type', 'nothing may follow the heads line')
			if (number === 1) {
				yield { type: 'header', header: readHeader(path, bytes) }
			} else if (pending !== undefined) {
				yield {
					type: 'line',
					number: number - 1,
					line: pending,
					receipts: checkReceipts(path, number, pending, bytes),
				}
				pending = undefined
			} else {
				const line = attempt(path, number, () => parseRecordingLine(parseJson(path, number, bytes)))
				if (line.type === 'l2') {
					pending = line
					continue
				}
				if (line.type === 'heads') {
					complete = true
					if (line.lines !== number) {
						throw new MalformedRecordingError(
							path,
							number,
							'lines',
							`is ${line.lines}, but the file has ${number}`,
						)
					}
				}
				yield { type: 'line', number, line }
			}
		}
	} catch (error) {
		if (isDamagedGzip(error))
			throw new TruncatedRecordingError(path, number + 1, 'gzip data', { cause: error })
		if (error instanceof LineTooLongError) {
			throw new MalformedRecordingError(path, number + 1, 'line', error.message, { cause: error })
		}
		throw error
	} finally {
		await lines.return()
	}
	if (!complete) {
		throw new TruncatedRecordingError(path, number + 1, pending === undefined ? 'heads' : 'receipts')
	}
}

function readHeader(path: string, bytes: Buffer): HeaderLine {
	const value = parseJson(path, 1, bytes)
	return attempt(path, 1, () => {
		const { format, version } = readObject(value, 'header')
		// The version is judged before anything else: a newer format may have changed all other members.
		if (format === RECORDING_FORMAT && typeof version === 'number' && version > RECORDING_VERSION) {
			throw new NewerRecordingError(path, version, RECORDING_VERSION)
		}
		if (version !== RECORDING_VERSION && format === RECORDING_FORMAT) {
			throw new MalformedValueError('version', `${RECORDING_VERSION}`, version)
		}
		return parseHeaderLine(value)
	})
}

function checkReceipts(
	path: string,
	number: number,
	line: { readonly receiptsBytes: number },
	bytes: Buffer,
): Buffer {
	if (bytes.length !== line.receiptsBytes) {
		throw new MalformedRecordingError(
			path,
			number,
			'receipts',
			`the line before announces ${line.receiptsBytes} bytes, found ${bytes.length}`,
		)
	}
	const first = bytes[0]
	const last = bytes[bytes.length - 1]
	if (first !== 0x5b || last !== 0x5d) {
		throw new MalformedRecordingError(path, number, 'receipts', 'is no JSON array')
	}
	return bytes
}

function parseJson(path: string, number: number, bytes: Buffer): unknown {
	try {
		return JSON.parse(bytes.toString('utf8'))
	} catch (error) {
		throw new MalformedRecordingError(path, number, 'line', 'is no JSON', { cause: error })
	}
}

function attempt<T>(path: string, number: number, read: () => T): T {
	try {
		return read()
	} catch (error) {
		if (error instanceof MalformedValueError) {
			const detail = error.message.slice(error.message.indexOf(': ') + 2)
			throw new MalformedRecordingError(path, number, error.field, detail, { cause: error })
		}
		throw error
	}
}

/** zlib's errors for data that is cut, altered, or no gzip at all. */
function isDamagedGzip(error: unknown): boolean {
	return (
		error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('Z_')
	)
}
