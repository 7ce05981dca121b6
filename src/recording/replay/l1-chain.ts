import type { BlockRef } from '../../protocol/block.js'
import type { Hash } from '../../protocol/hash.js'
import type { L1Header } from '../l1-header.js'

/** L1 as it is known at a moment of the replay: tip, finalized label, and all blocks seen so far. */
export class ReplayL1 {
	readonly #canonical = new Map<number, BlockRef>()
	readonly #known = new Map<Hash, BlockRef>()
	readonly #headers = new Map<Hash, L1Header>()
	readonly #listeners: ((tip: BlockRef) => void)[] = []
	#first: BlockRef | undefined
	#tip: BlockRef | undefined
	#finalized: number | undefined
	#announced: BlockRef | undefined

	get tip(): BlockRef | undefined {
		return this.#tip
	}

	/** The finalized block; L1's first block until the label has moved. */
	get finalized(): BlockRef | undefined {
		if (this.#finalized === undefined) return this.#first
		return this.#canonical.get(this.#finalized) ?? this.#first
	}

	/** `block` becomes the tip; what stood at its number and above is reorged out. */
	extend(block: BlockRef, header?: L1Header): void {
		for (let number = this.#tip?.number ?? -1; number >= block.number; number--)
			this.#canonical.delete(number)
		this.#canonical.set(block.number, block)
		this.#known.set(block.hash, block)
		if (header !== undefined) this.#headers.set(block.hash, header)
		this.#first ??= block
		this.#tip = block
	}

	finalize(number: number): void {
		this.#finalized = number
	}

	/** Tells listeners of the tip if it has changed since the last time. */
	announce(): void {
		const tip = this.#tip
		if (tip === undefined || tip === this.#announced) return
		this.#announced = tip
		for (const listener of this.#listeners) listener(tip)
	}

	onTip(listener: (tip: BlockRef) => void): void {
		this.#listeners.push(listener)
	}

	byNumber(number: number): BlockRef | undefined {
		return this.#canonical.get(number)
	}

	/** What the header has that an empty block has not, as far as it is known. */
	headerOf({ hash }: BlockRef): L1Header | undefined {
		return this.#headers.get(hash)
	}

	byHash(hash: string): BlockRef | undefined {
		return this.#known.get(hash as Hash)
	}
}
