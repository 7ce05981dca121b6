import type { BlockRef } from '../protocol/block.js'

/**
 * The one L1 view of the cluster: rows that are stored, and those that links have added and that are on their way
 * to the disk. All chains share it, so that no two of them can derive from different L1 blocks.
 */
export class L1View {
	readonly #stored: (number: number) => BlockRef | undefined
	readonly #pending = new Map<number, BlockRef>()

	constructor(stored: (number: number) => BlockRef | undefined) {
		this.#stored = stored
	}

	at(number: number): BlockRef | undefined {
		return this.#pending.get(number) ?? this.#stored(number)
	}

	/**
	 * Adds the source of a link if it fits: `known` is the same block again, `added` fits its neighbours,
	 * `conflict` is another block than the view has there, or one that its neighbours do not build on.
	 */
	add(block: BlockRef): 'known' | 'added' | 'conflict' {
		const known = this.at(block.number)
		if (known !== undefined) return known.hash === block.hash ? 'known' : 'conflict'
		const before = this.at(block.number - 1)
		const after = this.at(block.number + 1)
		if (before !== undefined && before.hash !== block.parentHash) return 'conflict'
		if (after !== undefined && after.parentHash !== block.hash) return 'conflict'
		this.#pending.set(block.number, block)
		return 'added'
	}

	/** Rows that are not stored yet, ascending. */
	get pending(): BlockRef[] {
		return [...this.#pending.values()].sort((a, b) => a.number - b.number)
	}

	/** These rows are on disk. */
	committed(rows: readonly BlockRef[]): void {
		for (const row of rows)
			if (this.#pending.get(row.number)?.hash === row.hash) this.#pending.delete(row.number)
	}

	/** L1 was cut back to block `number`. */
	cut(number: number): void {
		for (const known of this.#pending.keys()) if (known > number) this.#pending.delete(known)
	}
}
