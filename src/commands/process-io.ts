import type { Logger } from 'pino'
import type { CommandIo } from './command-io.js'
import { EXIT_FAILURE } from './exit-codes.js'

/** The real process as a command sees it. Makes sure that no unforeseen error ends it, or is passed over, in silence. */
export function openProcessIo(): CommandIo {
	let log: Logger | undefined
	let stop: AbortController | undefined

	const die = (what: string) => (error: unknown) => {
		if (log === undefined) {
			process.stderr.write(`vigil: ${what}: ${error instanceof Error ? error.stack : String(error)}\n`)
		} else {
			log.fatal({ err: error }, what)
		}
		process.exit(EXIT_FAILURE)
	}
	process.on('uncaughtException', die('uncaught exception'))
	process.on('unhandledRejection', die('unhandled rejection'))
	for (const stream of [process.stdout, process.stderr]) {
		stream.on('error', (error: NodeJS.ErrnoException) => {
			// The reader of a pipe has gone (`vigil --help | head`): nobody is left to tell.
			if (error.code !== 'EPIPE') throw error
		})
	}

	return {
		stdout: process.stdout,
		stderr: process.stderr,
		env: process.env,
		stopSignal() {
			stop ??= takeOverSignals()
			return stop.signal
		},
		exit: (code) => process.exit(code),
		useLog(next) {
			log = next
		},
	}
}

function takeOverSignals(): AbortController {
	const stop = new AbortController()
	for (const name of ['SIGINT', 'SIGTERM'] as const) {
		process.on(name, () => {
			if (stop.signal.aborted) process.exit(EXIT_FAILURE)
			stop.abort(name)
		})
	}
	return stop
}
