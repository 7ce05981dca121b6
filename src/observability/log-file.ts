import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { DestinationStream } from 'pino'
import type { LogFileSettings } from './log.js'

/** The directory of log files cannot be used. */
export class LogFileError extends Error {
	constructor(
		readonly file: string,
		cause: unknown,
	) {
		const reason = cause instanceof Error ? cause.message : String(cause)
		super(`log file ${file} cannot be written (${reason}): see --logs.file.directory`, { cause })
		this.name = 'LogFileError'
	}
}

/**
 * Appends lines to `vigil.log` in the directory, or to a file of the current period, such as `vigil.2026-01-31.log`.
 * Every thread opens the files for itself and finds their names by the clock: a line is one append, which the kernel
 * does not mix with others, and nobody renames anything under another.
 *
 * A disk that fills up later must not stop Vigil: such lines are lost here, and stdout has them still.
 * @throws LogFileError if the file of now cannot be opened.
 */
export function openLogFile({ directory, rotation }: LogFileSettings): DestinationStream {
	let name = logFileName(rotation, new Date())
	let file: number | undefined = open(directory, name)
	return {
		write(line) {
			const now = logFileName(rotation, new Date())
			try {
				if (now !== name || file === undefined) {
					if (file !== undefined) closeSync(file)
					file = undefined
					file = open(directory, now)
					name = now
				}
				writeSync(file, line)
			} catch {
				// Told by nobody but the disk's own alarm: a log about the log would fail in the same way.
			}
		},
	}
}

/** Name of the file that holds a line of that time (UTC). A week is named by its Monday. */
export function logFileName(rotation: LogFileSettings['rotation'], time: Date): string {
	const hour = time.toISOString().slice(0, 13).replace('T', '-')
	switch (rotation) {
		case 'never':
			return 'vigil.log'
		case 'hourly':
			return `vigil.${hour}.log`
		case 'daily':
			return `vigil.${hour.slice(0, 10)}.log`
		case 'weekly': {
			const sinceMonday = (time.getUTCDay() + 6) % 7
			const monday = new Date(time.getTime() - sinceMonday * 86_400_000)
			return `vigil.${monday.toISOString().slice(0, 10)}.log`
		}
		case 'monthly':
			return `vigil.${hour.slice(0, 7)}.log`
	}
}

function open(directory: string, name: string): number {
	const path = join(directory, name)
	try {
		mkdirSync(directory, { recursive: true })
		return openSync(path, 'a')
	} catch (cause) {
		throw new LogFileError(path, cause)
	}
}
