import type { Writable } from 'node:stream'
import type { Logger } from 'pino'
import type { Environment } from '../config/resolve-options.js'

/** What a command has of the process around it. Results go to `stdout`, everything else to `stderr`. */
export interface CommandIo {
	readonly stdout: Writable
	readonly stderr: Writable
	readonly env: Environment
	/**
	 * Aborted by the first SIGINT or SIGTERM; a second one ends the process at once. Only a command that asks for
	 * it takes over the signals: the others are ended by them as usual.
	 */
	stopSignal(): AbortSignal
	/** Ends the process at once, whatever is under way. */
	exit(code: number): void
	/** From now on this log has the last words if the process dies of an unforeseen error. */
	useLog(log: Logger): void
}
