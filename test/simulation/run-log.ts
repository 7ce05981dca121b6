import { writeFileSync } from 'node:fs'
import { type Logger, pino } from 'pino'

/** Lines that are kept: those of the last minutes of a run that does not end. */
const MAX_LINES = 200_000
const FATAL = 60
/** As much of a hash as Vigil's log shows. */
const SHORT = 10

/** All that happens in a run, and what Vigil logs, in order. Written to a file only if somebody wants to know. */
export class RunLog {
	readonly vigil: Logger
	/** Messages of what Vigil calls fatal. */
	readonly fatal: string[] = []
	readonly #lines: string[] = []

	constructor() {
		this.vigil = pino({ level: 'debug', base: null }, { write: (line: string) => this.#keep(line) })
	}

	/** @param now ms of the cluster's time */
	tell(now: number, what: string): void {
		this.#push(`${Date.now()} [${(now / 1000).toFixed(2)}] ${what}`)
	}

	/** Blocks are written by their names. */
	write(path: string, names: ReadonlyMap<string, string>): void {
		const short = new Map([...names].map(([hash, name]) => [hash.slice(0, SHORT), name]))
		const named = this.#lines.map((line) =>
			line
				.replace(/0x[0-9a-f]{64}/g, (hash) => names.get(hash) ?? hash.slice(0, SHORT))
				.replace(/#\d+ (0x[0-9a-f]{8})/g, (whole, hash) => short.get(hash) ?? whole),
		)
		writeFileSync(path, `${named.join('\n')}\n`)
	}

	#keep(line: string): void {
		this.#push(line.trimEnd())
		const { level, msg } = JSON.parse(line) as { level: number; msg: string }
		if (level >= FATAL) this.fatal.push(`Vigil says: ${msg}`)
	}

	#push(line: string): void {
		this.#lines.push(line)
		if (this.#lines.length > MAX_LINES) this.#lines.splice(0, MAX_LINES / 2)
	}
}
