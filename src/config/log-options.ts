import { choice, switchKind, text } from './option-kinds.js'
import { defaulted, optional, own, shared } from './option-row.js'

/** The words of both peers for forms of log lines. */
const FORMAT = choice(['json', 'logfmt', 'pretty'], {
	text: 'logfmt',
	terminal: 'pretty',
	'json-pretty': 'pretty',
	full: 'pretty',
	compact: 'pretty',
})

/** How Vigil logs: flags of both peers, which log to stdout as Vigil does. */
export const LOG_OPTIONS = {
	logLevel: defaulted({
		group: 'Log',
		...shared('log.level', 'KONA_LOG_LEVEL'),
		counted: 'v',
		kind: choice(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
			trce: 'trace',
			dbug: 'debug',
			eror: 'error',
			crit: 'fatal',
			critical: 'fatal',
			warning: 'warn',
			off: 'silent',
			0: 'silent',
			1: 'error',
			2: 'warn',
			3: 'info',
			4: 'debug',
			5: 'trace',
		}),
		default: 'info',
		help: 'the least important level that is logged; -v is error, -vv warn, and so on to -vvvvv for trace',
	}),
	logFormat: defaulted({
		group: 'Log',
		...shared('log.format', 'KONA_LOG_STDOUT_FORMAT'),
		spellings: ['--logs.stdout.format'],
		kind: FORMAT,
		default: () => (process.stdout.isTTY ? 'pretty' : 'json'),
		defaultText: 'pretty in a terminal, else json',
		help: 'form of the log lines',
	}),
	logColor: optional({
		group: 'Log',
		...shared('log.color'),
		kind: switchKind,
		help: 'colours in the form pretty; by default if stdout is a terminal',
	}),
	logPid: defaulted({
		group: 'Log',
		...shared('log.pid'),
		kind: switchKind,
		default: false,
		help: 'name the process ID in every line',
	}),
	logQuiet: defaulted({
		group: 'Log',
		flag: 'logs.stdout.quiet',
		spellings: ['-q'],
		env: [...own('logs.stdout.quiet').env, 'KONA_STDOUT_LOG_QUIET'],
		kind: switchKind,
		default: false,
		help: 'log nothing to stdout; log files are still written',
	}),
	logFileDirectory: optional({
		group: 'Log',
		flag: 'logs.file.directory',
		env: [...own('logs.file.directory').env, 'KONA_LOG_FILE_DIRECTORY'],
		kind: text('path'),
		help: 'directory of log files, beside the log on stdout; made if it is not there',
	}),
	logFileFormat: defaulted({
		group: 'Log',
		flag: 'logs.file.format',
		env: [...own('logs.file.format').env, 'KONA_LOG_FILE_FORMAT'],
		kind: FORMAT,
		default: 'json',
		help: 'form of the lines in log files; pretty has no colours there',
	}),
	logFileRotation: defaulted({
		group: 'Log',
		flag: 'logs.file.rotation',
		env: [...own('logs.file.rotation').env, 'KONA_LOG_FILE_ROTATION'],
		kind: choice(['never', 'hourly', 'daily', 'weekly', 'monthly']),
		default: 'never',
		help: 'how often a new log file is begun, in UTC; its name has the date. Old ones are not removed',
	}),
} as const
