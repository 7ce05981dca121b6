import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { Reaper } from './reaper.js'

/** How long a process may take to end on SIGTERM before it is killed. */
const STOP_DEADLINE_MS = 8_000

/** A process ended that nobody had asked to. */
export class UnexpectedEndError extends Error {
	override readonly name = 'UnexpectedEndError'
	constructor(
		readonly process: string,
		readonly code: number | null,
		readonly logFile: string,
	) {
		super(`${process} ended by itself with code ${code}; see ${logFile}`)
	}
}

/** A running program in a process group of its own. */
export class Running {
	readonly ended: Promise<number | null>
	#asked = false

	constructor(
		readonly name: string,
		readonly logFile: string,
		readonly child: ChildProcess,
	) {
		this.ended = once(child, 'exit').then(([code]) => code as number | null)
	}

	/** Whether `kill` or `stop` was called. */
	get asked(): boolean {
		return this.#asked
	}

	/** As `kill -9` does it. Resolves when the process is gone. */
	async kill(): Promise<void> {
		this.#signal('SIGKILL')
		await this.ended
	}

	/** Asks the process to end, and kills it if it does not. Resolves with its exit code, null if it was killed. */
	async stop(): Promise<number | null> {
		this.#signal('SIGTERM')
		const timer = setTimeout(() => this.#signal('SIGKILL'), STOP_DEADLINE_MS)
		const code = await this.ended
		clearTimeout(timer)
		return code
	}

	#signal(signal: NodeJS.Signals): void {
		this.#asked = true
		if (this.child.pid === undefined || this.child.exitCode !== null || this.child.signalCode !== null) return
		process.kill(-this.child.pid, signal)
	}
}

/** Starts the programs of a run, writes what they print to files, and ends them all. */
export class Processes {
	readonly #directory: string
	readonly #onUnexpectedEnd: (error: UnexpectedEndError) => void
	readonly #reaper = new Reaper()
	readonly #running = new Set<Running>()

	/**
	 * @param directory where the logs go, a file for each program
	 * @param onUnexpectedEnd told when a program ends that was not asked to
	 */
	constructor(directory: string, onUnexpectedEnd: (error: UnexpectedEndError) => void) {
		this.#directory = directory
		this.#onUnexpectedEnd = onUnexpectedEnd
	}

	/** @throws Error if the program cannot be started at all */
	async start(name: string, program: string, args: readonly string[]): Promise<Running> {
		const running = await this.#spawn(name, program, args)
		running.ended.then((code) => {
			if (!running.asked) this.#onUnexpectedEnd(new UnexpectedEndError(name, code, running.logFile))
		})
		return running
	}

	async #spawn(name: string, program: string, args: readonly string[]): Promise<Running> {
		const logFile = join(this.#directory, `${name}.log`)
		const log = openSync(logFile, 'a')
		const child = spawn(program, args, { detached: true, stdio: ['ignore', log, log] })
		closeSync(log)
		const running = new Running(name, logFile, child)
		// If it cannot be started there is an error before any exit.
		await once(child, 'spawn')
		this.#reaper.watch(child)
		this.#running.add(running)
		running.ended.then(() => {
			this.#running.delete(running)
			this.#reaper.forget(child)
		})
		return running
	}

	/** Runs a program to its end. @throws UnexpectedEndError if its exit code is not 0 */
	async run(name: string, program: string, args: readonly string[]): Promise<void> {
		const { code, logFile } = await this.exit(name, program, args)
		if (code !== 0) throw new UnexpectedEndError(name, code, logFile)
	}

	/** Runs a program to its end, whatever that is. Resolves with its exit code, null if it was killed. */
	async exit(
		name: string,
		program: string,
		args: readonly string[],
	): Promise<{ readonly code: number | null; readonly logFile: string }> {
		const { ended, logFile } = await this.#spawn(name, program, args)
		return { code: await ended, logFile }
	}

	/** Asks all that still run to end. Resolves when they have. */
	async stop(): Promise<void> {
		await Promise.all([...this.#running].map((running) => running.stop()))
	}

	/** Kills what still runs. */
	async close(): Promise<void> {
		await Promise.all([...this.#running].map((running) => running.kill()))
		await this.#reaper.close()
	}
}
