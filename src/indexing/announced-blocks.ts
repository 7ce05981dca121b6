import type { BlockRef } from '../protocol/block.js'

/** Blocks that wait to be indexed: a node that catches up tells of each. What is not kept is asked for by number. */
const MAX_KEPT = 4_096

/**
 * Blocks that nodes have told of and that are not sealed yet. They need not be asked for by number, which halves the
 * calls of a chain that catches up. Whether they build on one another is seen when they are indexed.
 */
export class AnnouncedBlocks {
	readonly #blocks = new Map<number, BlockRef>()
	#newest: BlockRef | undefined

	/** The one that was told last. */
	get newest(): BlockRef | undefined {
		return this.#newest
	}

	add(block: BlockRef): void {
		this.#newest = block
		if (this.#blocks.size < MAX_KEPT || this.#blocks.has(block.number)) this.#blocks.set(block.number, block)
	}

	/** Those from `from` to `to`, both included, ascending. */
	between(from: number, to: number): BlockRef[] {
		const blocks: BlockRef[] = []
		for (let number = from; number <= to && blocks.length < this.#blocks.size; number++) {
			const block = this.#blocks.get(number)
			if (block !== undefined) blocks.push(block)
		}
		return blocks
	}

	/** These are done. @returns whether another block was told of in the place of one, while it was sealed */
	sealed(run: readonly BlockRef[]): boolean {
		let isOther = false
		for (const { number, hash } of run) {
			const told = this.#blocks.get(number)
			isOther ||= told !== undefined && told.hash !== hash
			this.#blocks.delete(number)
		}
		return isOther
	}

	/** What was told may be gone. */
	clear(): void {
		this.#blocks.clear()
		this.#newest = undefined
	}
}
