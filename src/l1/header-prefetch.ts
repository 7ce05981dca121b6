import type { BlockRef } from '../protocol/block.js'
import type { HeaderCache } from './header-cache.js'
import { L1BlockMissingError } from './l1-errors.js'
import type { L1Source } from './l1-source.js'

/** Headers of one request. Half of what public endpoints allow in a batch. */
const BATCH = 64
/** Headers ahead of a reader, to begin with. */
const MIN_WINDOW = 2 * BATCH
/**
 * At most. A reader that finds its next block still on the way doubles the window: 2,000 headers/s at 50 ms of
 * latency need 100 on the way, and an endpoint with half a second needs 1,000.
 */
const MAX_WINDOW = 16 * BATCH
/** Requests on the way for all readers together. */
const MAX_BATCHES = 16

export interface HeaderPrefetchModules {
	readonly source: L1Source
	readonly cache: HeaderCache
	/** Raised when the headers asked for before are of no use. */
	readonly generation: () => number
	/** A request has ended and its headers are in the cache: `all` of them, or those up to a doubtful one. */
	readonly onHeaders: (all: boolean) => void
	/** Header `upper` does not have header `upper - 1` as its parent; the doubtful ones were not kept. */
	readonly onConflict: (upper: number) => void
	readonly onFailure: (error: unknown) => void
}

/** Reads headers ahead of those who ask for one after the other. No number is asked for twice at a time. */
export class HeaderPrefetch {
	readonly #modules: HeaderPrefetchModules
	readonly #onTheWay = new Set<number>()
	#window = MIN_WINDOW
	#batches = 0

	constructor(modules: HeaderPrefetchModules) {
		this.#modules = modules
	}

	/** A reader waits for `number`: if it is on the way already, it was asked for too late. */
	noteWait(number: number): void {
		if (this.#onTheWay.has(number)) this.#window = Math.min(this.#window * 2, MAX_WINDOW)
	}

	/** Readers have caught up: the next who falls behind starts modestly again. */
	rest(): void {
		this.#window = MIN_WINDOW
	}

	/**
	 * Sees to it that headers from `number` on are known or on the way, up to the window and to `limit`.
	 * Cheap enough for every few reads; does nothing while the window's end lacks less than a batch.
	 */
	want(number: number, limit: number): void {
		const end = Math.min(limit, number + this.#window - 1)
		const missing: number[] = []
		for (let next = number; next <= end; next++) if (this.#lacks(next)) missing.push(next)
		if (missing.length < BATCH && missing[0] !== number && end < limit) return
		let from = 0
		while (from < missing.length && this.#batches < MAX_BATCHES) {
			let to = from
			while (to + 1 < missing.length && to - from + 1 < BATCH && missing[to + 1] === follows(missing[to]))
				to++
			const [first, last] = [missing[from], missing[to]]
			if (first !== undefined && last !== undefined) void this.#fetch(first, last)
			from = to + 1
		}
	}

	#lacks(number: number): boolean {
		return !this.#modules.cache.has(number) && !this.#onTheWay.has(number)
	}

	async #fetch(from: number, to: number): Promise<void> {
		const { source, generation, onHeaders, onFailure } = this.#modules
		const asked = generation()
		this.#batches++
		for (let number = from; number <= to; number++) this.#onTheWay.add(number)
		let headers: (BlockRef | undefined)[] | undefined
		try {
			headers = await source.byNumbers(from, to)
		} catch (error) {
			this.#end(from, to)
			onFailure(error)
			return
		}
		this.#end(from, to)
		onHeaders(generation() === asked && this.#keep(headers, from))
	}

	#end(from: number, to: number): void {
		this.#batches--
		for (let number = from; number <= to; number++) this.#onTheWay.delete(number)
	}

	#keep(headers: readonly (BlockRef | undefined)[], from: number): boolean {
		const { cache, onConflict, onFailure } = this.#modules
		for (const [index, header] of headers.entries()) {
			if (header === undefined) {
				onFailure(new L1BlockMissingError(from + index))
				return false
			}
			const next = headers[index + 1]
			// Of two that do not fit together either can be the wrong one.
			const broken = next !== undefined && next.parentHash !== header.hash
			const conflict = broken ? 'child' : cache.add(header)
			if (conflict === undefined) continue
			onConflict(conflict === 'child' ? header.number + 1 : header.number)
			return false
		}
		return true
	}
}

function follows(number: number | undefined): number {
	return (number ?? Number.NaN) + 1
}
