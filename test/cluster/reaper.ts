import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('./reaper-process.js', import.meta.url))

/** A process that kills process groups once this one is gone, however it went: nothing may run on after a test. */
export class Reaper {
	readonly #child: ChildProcess
	readonly #input: Writable

	constructor() {
		// In a session of its own: Ctrl-C in a terminal must not end it before what it watches.
		this.#child = spawn(process.execPath, [PROGRAM], { detached: true, stdio: ['pipe', 'ignore', 'inherit'] })
		if (this.#child.stdin === null) throw new Error('the reaper has no standard input')
		this.#input = this.#child.stdin
	}

	/** @param leader a process that was started `detached`, so that it leads a group */
	watch(leader: ChildProcess): void {
		this.#input.write(`+${leader.pid}\n`)
	}

	/** To be called when the process has ended: its number may be another's soon. */
	forget(leader: ChildProcess): void {
		this.#input.write(`-${leader.pid}\n`)
	}

	/** Kills what is still watched. Resolves when that is done. */
	async close(): Promise<void> {
		const ended = once(this.#child, 'exit')
		this.#input.end()
		await ended
	}
}
