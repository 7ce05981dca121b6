import { type DestinationStream, destination, type Logger, pino, stdSerializers } from 'pino'
import type { Options } from '../config/options.js'
import { limitRepeats } from './limit-repeats.js'
import { lineFormat } from './line-format.js'
import { openLogFile } from './log-file.js'
import { redactUrl, redactUrlsIn } from './redact-url.js'

export type LogLevel = Options['logLevel']
export type LogFormat = Options['logFormat']

/** How lines are written; plain data, so that worker threads are given the same. */
export interface LogSettings {
	readonly level: LogLevel
	readonly format: LogFormat
	/** Of the form `pretty`; by default if the stream is a terminal. */
	readonly color?: boolean
	/** Names the process ID in every line. */
	readonly pid?: boolean
	/**
	 * `vigil start` logs to stdout, as both existing supervisors do: tools read it there. Commands that print a
	 * result keep stdout for it and log to stderr.
	 */
	readonly to: 'stdout' | 'stderr'
	/** Nothing to stdout or stderr: only `file` is written. */
	readonly quiet?: boolean
	readonly file?: LogFileSettings
}

export interface LogFileSettings {
	readonly directory: string
	readonly format: LogFormat
	readonly rotation: Options['logFileRotation']
}

/** A stream is for tests. */
export type LogOptions = Omit<LogSettings, 'to'> & { readonly to: LogSettings['to'] | DestinationStream }

/** Fields that never reach a log, at the top and one level down. */
const SECRET_FIELDS = ['jwtSecret', 'secret', 'token', 'authorization', 'Authorization', 'password']
const SECRET_PATHS = SECRET_FIELDS.flatMap((field) => [field, `*.${field}`])

/**
 * Makes the program's logger. JSON lines have `level` as a word, `time` as ISO text and `msg`. Fields `url` and
 * `urls` lose paths and passwords, errors lose those of URLs in their texts, and secrets are left out.
 *
 * A message that is repeated about the same chain and node is written a few times in ten seconds, and then counted.
 * Lines are written at once, so that the last words of a process that dies are not lost.
 * @throws LogFileError if the directory of log files cannot be written.
 */
export function createLogger(options: LogOptions): Logger {
	return pino(
		{
			level: options.level,
			base: options.pid ? { pid: process.pid } : null,
			timestamp: () => `,"time":"${new Date().toISOString()}"`,
			formatters: { level: (label) => ({ level: label }) },
			redact: { paths: SECRET_PATHS, censor: '(secret)' },
			hooks: { logMethod: limitRepeats() },
			serializers: { url: redactedField, urls: redactedField, err: serializeError },
		},
		openDestinations(options),
	)
}

function openDestinations({ format, color, to, quiet, file }: LogOptions): DestinationStream {
	const destinations: DestinationStream[] = []
	if (!quiet) {
		const stream = typeof to === 'string' ? destination({ fd: to === 'stdout' ? 1 : 2, sync: true }) : to
		const colorize = color ?? (typeof to === 'string' && process[to].isTTY === true)
		destinations.push(formatted(stream, lineFormat(format, { colorize })))
	}
	if (file !== undefined) {
		destinations.push(formatted(openLogFile(file), lineFormat(file.format, { colorize: false })))
	}
	return {
		write(line) {
			for (const destination of destinations) destination.write(line)
		},
	}
}

function formatted(stream: DestinationStream, format: (line: string) => string): DestinationStream {
	return { write: (line) => stream.write(format(line)) }
}

function redactedField(value: unknown): unknown {
	if (typeof value === 'string') return redactUrl(value)
	return Array.isArray(value) ? value.map(redactedField) : value
}

function serializeError(error: unknown): unknown {
	if (!(error instanceof Error)) return typeof error === 'string' ? redactUrlsIn(error) : error
	const { type, message, stack } = stdSerializers.err(error)
	const code = 'code' in error ? { code: error.code } : {}
	return { type, message: redactUrlsIn(message), ...code, stack: redactUrlsIn(stack) }
}
