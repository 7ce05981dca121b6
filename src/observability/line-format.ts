import { createRequire } from 'node:module'
import type { LogFormat } from './log.js'

/** Only who wants it loads it: every thread has a log, and few are pretty. */
const loadPretty = createRequire(import.meta.url)

/** Turns pino's JSON lines into those of a form, line end included. */
export function lineFormat(
	format: LogFormat,
	options: { readonly colorize: boolean },
): (line: string) => string {
	switch (format) {
		case 'json':
			return (line) => line
		case 'logfmt':
			return logfmt
		case 'pretty': {
			const { prettyFactory } = loadPretty('pino-pretty') as typeof import('pino-pretty')
			return prettyFactory({ colorize: options.colorize, translateTime: 'SYS:HH:MM:ss.l' })
		}
	}
}

/**
 * `t=2026-01-02T03:04:05.678Z lvl=info msg="Vigil starts" chains="[\"901\"]"`, with op-supervisor's names of the first
 * three fields. Text that is not one plain word is quoted as JSON, and so is what is no text or number.
 */
function logfmt(line: string): string {
	const { time, level, msg, ...fields } = JSON.parse(line) as Record<string, unknown>
	const all = { t: time, lvl: level, msg: msg ?? '', ...fields }
	return `${Object.entries(all)
		.map(([key, value]) => `${key}=${logfmtValue(value)}`)
		.join(' ')}\n`
}

function logfmtValue(value: unknown): string {
	const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
	return /^[^\s"=\\]+$/.test(text) ? text : JSON.stringify(text)
}
