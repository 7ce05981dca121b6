import { readdirSync } from 'node:fs'
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
		makeNicer(0)
	} catch (error) {
		modules.log.debug({ err: error }, 'the index thread keeps its priority')
	}
}

/**
 * Has the threads that compile and collect garbage for V8 give way as well: four of them took turns with main. To be
 * called in the main thread before it starts any, because nothing tells them from others. (Node 20 has started libuv's pool by
 * then, too: what runs there waits for the disk, not for a core.)
 */
export function helpersGiveWay(): void {
	if (process.platform !== 'linux') return
	try {
		for (const thread of readdirSync('/proc/self/task'))
			if (Number(thread) !== process.pid) makeNicer(Number(thread))
	} catch {
		// No /proc here, or the thread is gone: they keep their priority, as they do elsewhere than on Linux.
	}
}

function makeNicer(thread: number): void {
	setPriority(thread, Math.min(NICEST, getPriority(thread) + NICER_BY))
}
