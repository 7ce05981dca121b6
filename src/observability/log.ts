import { createRequire } from 'node:module'
import { type DestinationStream, destination, type Logger, pino, stdSerializers } from 'pino'
import type { Options } from '../config/options.js'
import { redactUrl, redactUrlsIn } from './redact-url.js'

export type LogLevel = Options['logLevel']
export type LogFormat = Options['logFormat']

export interface LogOptions {
	readonly level: LogLevel
	readonly format: LogFormat
	/**
	 * `vigil start` logs to stdout, as both existing supervisors do: tools read it there. Commands that print a
	 * result keep stdout for it and log to stderr. A stream is for tests.
	 */
	readonly to: 'stdout' | 'stderr' | DestinationStream
}

/** Only who wants it loads it: every thread has a log, and few are pretty. */
const loadPretty = createRequire(import.meta.url)

/** Fields that never reach a log, at the top and one level down. */
const SECRET_FIELDS = ['jwtSecret', 'secret', 'token', 'authorization', 'Authorization', 'password']
const SECRET_PATHS = SECRET_FIELDS.flatMap((field) => [field, `*.${field}`])

/**
 * Makes the program's logger. JSON lines have `level` as a word, `time` as ISO text and `msg`. Fields `url` and
 * `urls` lose paths and passwords, errors lose those of URLs in their texts, and secrets are left out.
 *
 * Lines are written at once, so that the last words of a process that dies are not lost.
 */
export function createLogger(options: LogOptions): Logger {
	return pino(
		{
			level: options.level,
			base: null,
			timestamp: () => `,"time":"${new Date().toISOString()}"`,
			formatters: { level: (label) => ({ level: label }) },
			redact: { paths: SECRET_PATHS, censor: '(secret)' },
			serializers: { url: redactedField, urls: redactedField, err: serializeError },
		},
		openDestination(options),
	)
}

function openDestination({ format, to }: LogOptions): DestinationStream {
	const stream = typeof to === 'string' ? destination({ fd: to === 'stdout' ? 1 : 2, sync: true }) : to
	if (format === 'json') return stream
	const colorize = typeof to === 'string' && process[to].isTTY === true
	const { prettyFactory } = loadPretty('pino-pretty') as typeof import('pino-pretty')
	const prettify = prettyFactory({ colorize, translateTime: 'SYS:HH:MM:ss.l' })
	// pino-pretty's own stream writes later, and would lose the last lines of a process that dies.
	return { write: (line) => stream.write(prettify(line)) }
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
