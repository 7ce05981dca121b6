import type { Writable } from 'node:stream'
import { createLogUpdate } from 'log-update'

/** A terminal is redrawn this often. */
const REDRAW_MS = 100
/** A file or pipe gets a line this often. */
const LINE_MS = 10_000
const BAR_WIDTH = 30

/** Shows how far a long piece of work is: a redrawn bar in a terminal, now and then a line elsewhere. */
export class ProgressBar {
	readonly #write: (text: string) => void
	readonly #clear: () => void
	readonly #intervalMs: number
	#last = performance.now()

	constructor(stream: Writable) {
		const isLive = 'isTTY' in stream && stream.isTTY === true
		const live = createLogUpdate(stream, { showCursor: true })
		this.#write = isLive ? live : (text) => stream.write(`${text}\n`)
		this.#clear = isLive ? () => live.clear() : () => undefined
		this.#intervalMs = isLive ? REDRAW_MS : LINE_MS
	}

	/** `total` may be an estimate. Draws only if it is time to. */
	update({
		part,
		done,
		total,
	}: {
		readonly part: string
		readonly done: number
		readonly total: number
	}): void {
		const now = performance.now()
		if (now - this.#last < this.#intervalMs) return
		this.#last = now
		const share = total === 0 ? 0 : Math.min(done / total, 1)
		const filled = Math.floor(share * BAR_WIDTH)
		const bar = `${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}`
		this.#write(`[${bar}] ${`${Math.floor(share * 100)}`.padStart(3)} %  ${part}`)
	}

	/** Removes the bar, so that other text can follow. */
	clear(): void {
		this.#clear()
	}
}
