import type { Logger } from 'pino'

/** How often a trouble that goes on is said again. */
const REPEAT_MS = 60_000

/** Says once that L1 is in trouble, again only now and then, and once that it is over. */
export class L1Health {
	readonly #log: Logger
	readonly #said = new Map<string, { at: number; unsaid: number }>()
	#downSince: number | undefined

	constructor(modules: { log: Logger }) {
		this.#log = modules.log
	}

	get down(): boolean {
		return this.#downSince !== undefined
	}

	failed(error: unknown): void {
		const reason = error instanceof Error ? error.message : String(error)
		if (this.#downSince === undefined) {
			this.#downSince = performance.now()
			this.#said.delete('down')
		}
		this.notice('down', { reason }, 'L1 cannot be followed; trying again')
	}

	succeeded(): void {
		if (this.#downSince === undefined) return
		const downMs = Math.round(performance.now() - this.#downSince)
		this.#downSince = undefined
		this.#log.info({ downMs }, 'L1 is followed again')
	}

	/** A warning that may come at any rate and is written at most once a minute for each `kind`. */
	notice(kind: string, fields: object, message: string): void {
		const now = performance.now()
		const said = this.#said.get(kind)
		if (said !== undefined && now - said.at < REPEAT_MS) {
			said.unsaid++
			return
		}
		this.#log.warn({ ...fields, ...(said === undefined ? {} : { repeated: said.unsaid }) }, message)
		this.#said.set(kind, { at: now, unsaid: 0 })
	}
}
