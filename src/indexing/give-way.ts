import { getPriority, setPriority } from 'node:os'
import type { Logger } from 'pino'

/** Weighs a third of a thread with the usual niceness, for Linux' scheduler. */
const NICER_BY = 5
const NICEST = 19

/**
 * Has this thread give way to the others of the process where cores are short: main and cross-safety decide what nodes
 * and callers hear, and they need little. Elsewhere than on Linux, where niceness is the whole process's, nothing is done.
 */
export function giveWay(modules: { readonly log: Logger }): void {
	if (process.platform !== 'linux') return
	try {
		// For Linux 0 is the calling thread, not the process (setpriority(2), "C library/kernel differences").
		setPriority(0, Math.min(NICEST, getPriority(0) + NICER_BY))
	} catch (error) {
		modules.log.debug({ err: error }, 'the index thread keeps its priority')
	}
}
