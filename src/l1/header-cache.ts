import type { BlockRef } from '../protocol/block.js'

/** What hinders a header from standing beside the ones that are known. */
export type HeaderConflict = 'same number' | 'parent' | 'child'

/**
 * Recent L1 headers by number. Neighbours in it are always parent and child; a header that does not fit is
 * refused. The least recently used go first, but those near the tip stay, because a reorg is measured on them.
 */
export class HeaderCache {
	readonly #headers = new Map<number, BlockRef>()
	readonly #capacity: number
	/** Headers at or above this number are kept. */
	#keptFrom = Number.POSITIVE_INFINITY

	constructor(capacity: number) {
		this.#capacity = capacity
	}

	get size(): number {
		return this.#headers.size
	}

	has(number: number): boolean {
		return this.#headers.has(number)
	}

	get(number: number): BlockRef | undefined {
		return this.#headers.get(number)
	}

	/** Like `get`, and counts as use. */
	use(number: number): BlockRef | undefined {
		const header = this.#headers.get(number)
		if (header !== undefined) {
			this.#headers.delete(number)
			this.#headers.set(number, header)
		}
		return header
	}

	/** What `header` does not fit to, if anything. */
	conflict(header: BlockRef): HeaderConflict | undefined {
		const same = this.#headers.get(header.number)
		if (same !== undefined) return same.hash === header.hash ? undefined : 'same number'
		const parent = this.#headers.get(header.number - 1)
		if (parent !== undefined && parent.hash !== header.parentHash) return 'parent'
		const child = this.#headers.get(header.number + 1)
		if (child !== undefined && child.parentHash !== header.hash) return 'child'
		return undefined
	}

	/** Adds a header if it fits, else says what it does not fit to and changes nothing. */
	add(header: BlockRef): HeaderConflict | undefined {
		const conflict = this.conflict(header)
		if (conflict !== undefined) return conflict
		this.#headers.set(header.number, header)
		if (this.#headers.size > this.#capacity) this.#evict()
		return undefined
	}

	delete(number: number): void {
		this.#headers.delete(number)
	}

	/** Forgets all headers above `number`. */
	dropAbove(number: number): void {
		for (const key of this.#headers.keys()) if (key > number) this.#headers.delete(key)
	}

	/** Forgets the header of this number and all that stand in one unbroken run with it. */
	dropRun(number: number): void {
		for (let key = number; this.#headers.delete(key); ) key++
		for (let key = number - 1; this.#headers.delete(key); ) key--
	}

	/** Headers from this number on are not evicted. */
	keepFrom(number: number): void {
		this.#keptFrom = number
	}

	/** The lowest number of the unbroken run of known headers that ends at `number`; `number` + 1 if unknown. */
	runStart(number: number): number {
		let start = number + 1
		while (this.#headers.has(start - 1)) start--
		return start
	}

	#evict(): void {
		let spared = 0
		for (const [number, header] of this.#headers) {
			this.#headers.delete(number)
			// Spared headers go to the end; after a whole round of them the oldest goes all the same.
			if (number < this.#keptFrom || spared++ >= this.#capacity) return
			this.#headers.set(number, header)
		}
	}
}
