import type { Logger } from 'pino'

/** One line a kind of trouble in this time: a node that misbehaves must not fill the disk. */
const INTERVAL_MS = 30_000

/** Warnings that a node can cause at will: one line a kind and interval, with the number of those left out in `repeated`. */
export class SparseLog {
	readonly #kinds = new Map<string, { at: number; leftOut: number }>()

	constructor(private readonly modules: { readonly log: Logger }) {}

	/** `kind` is one of a fixed few, never made of the node's data. */
	warn(kind: string, fields: object, message: string): void {
		const now = performance.now()
		const last = this.#kinds.get(kind)
		if (last !== undefined && now - last.at < INTERVAL_MS) {
			last.leftOut++
			return
		}
		this.#kinds.set(kind, { at: now, leftOut: 0 })
		const repeated = last !== undefined && last.leftOut > 0 ? { repeated: last.leftOut } : {}
		this.modules.log.warn({ ...fields, ...repeated }, message)
	}
}
