import type { Logger } from 'pino'

/** A close takes a fraction of a second. */
const SLOW_MS = 2_000

/** Says what a close waits for when it takes long, because nothing else does any more. */
export class SlowClose {
	readonly #waits = new Set<string>()
	readonly #timer: NodeJS.Timeout

	constructor({ log }: { readonly log: Logger }) {
		this.#timer = setTimeout(
			() => log.warn({ waits: [...this.#waits] }, 'the close takes long: these are still open'),
			SLOW_MS,
		).unref()
	}

	async wait(what: string, closed: Promise<void>): Promise<void> {
		this.#waits.add(what)
		await closed
		this.#waits.delete(what)
	}

	end(): void {
		clearTimeout(this.#timer)
	}
}
