import { LIMIT_EXCEEDED, RequestError } from '../api/json-rpc.js'
import { Flights } from '../node/flights.js'
import type { BlockRef } from '../protocol/block.js'
import type { Found } from './found.js'
import type { ViewChange } from './gateway-messages.js'

/** EIP-1474 has no code for "try again later": go-ethereum's for whatever fails in the server. */
export const SERVER_ERROR = -32000
/** Blocks that are remembered by number: 20 MB. Those asked for of main are found again in its own cache. */
const KNOWN_BLOCKS = 65_536
/** Questions to main that are not answered yet. */
const ASKED_AT_ONCE = 256
/**
 * A block that is not final is tied to the tip through all blocks between them: about a hundred, once. Where finality is
 * farther away than this, it is taken as main has it.
 */
const TIED_BELOW_TIP = 512
/** How often a number is resolved anew when a reorg comes in between. */
const ATTEMPTS = 5

export interface CanonicalViewModules {
	/** Asks main for a block that is older than what it told. Rejects if L1 cannot be asked. */
	readonly blockAt: (number: number) => Promise<BlockRef | undefined>
}

/**
 * L1 as main holds it: the labels, and the block of each number. Within one state of the view a number has one block,
 * whoever asks; above the tip there is none.
 */
export class CanonicalView {
	readonly #modules: CanonicalViewModules
	readonly #blocks = new Map<number, BlockRef>()
	readonly #asked = new Flights<number, BlockRef | undefined>()
	/** How often a reorg has cut the view. */
	#cuts = 0
	#tip: BlockRef | undefined
	#finalized: BlockRef | undefined
	#held: string | null = null

	constructor(modules: CanonicalViewModules) {
		this.#modules = modules
	}

	/** @throws RequestError while there is no view, or while L1 contradicts what Vigil has stored */
	expectThere(): void {
		void this.tip
	}

	/** @throws as `expectThere` */
	get tip(): BlockRef {
		if (this.#held !== null)
			throw new RequestError(SERVER_ERROR, `L1 is held, try again later: ${this.#held}`)
		if (this.#tip === undefined)
			throw new RequestError(
				SERVER_ERROR,
				'the L1 view is not there yet, try again: Vigil has not heard from L1',
			)
		return this.#tip
	}

	/** Undefined while L1 has none. @throws as `expectThere` */
	get finalized(): BlockRef | undefined {
		return this.tip && this.#finalized
	}

	/** Raised by each reorg: what was resolved before it may be void. */
	get cuts(): number {
		return this.#cuts
	}

	apply({ tip, finalized, cutAbove, blocks, held }: ViewChange): void {
		if (cutAbove !== undefined) {
			this.#cuts++
			for (const number of this.#blocks.keys()) if (number > cutAbove) this.#blocks.delete(number)
		}
		for (const block of blocks) this.#keep(block)
		if (tip !== undefined) {
			this.#tip = tip
			this.#keep(tip)
		}
		if (finalized !== undefined) {
			this.#finalized = finalized
			this.#keep(finalized)
		}
		this.#held = held
	}

	/**
	 * The block of this number; undefined if there is none yet. A promise if main has to be asked.
	 * @throws RequestError, as `expectThere` and if main cannot tell; the promise rejects with it
	 */
	at(number: number): Found<BlockRef> {
		if (number > this.tip.number) return undefined
		return this.#blocks.get(number) ?? this.#ask(number)
	}

	/** Whether this block is known to be on the chain. @throws as `expectThere` */
	holds({ number, hash }: Pick<BlockRef, 'number' | 'hash'>): boolean {
		return number <= this.tip.number && this.#blocks.get(number)?.hash === hash
	}

	async #ask(number: number): Promise<BlockRef | undefined> {
		for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
			const cuts = this.#cuts
			if (this.#isToBeTied(number)) await this.at(number + 1)
			const block = await this.#askOnce(number)
			const known = this.#blocks.get(number)
			if (known !== undefined) return known
			if (number > this.tip.number) return undefined
			// It may be a block of the branch that is gone.
			if (cuts !== this.#cuts) continue
			if (block === undefined || !this.#fits(block)) break
			this.#keep(block)
			return block
		}
		throw new RequestError(
			SERVER_ERROR,
			`L1 block ${number} cannot be told now, try again: L1 is of two minds`,
		)
	}

	#isToBeTied(number: number): boolean {
		const { tip } = this
		const final = this.#finalized?.number ?? 0
		return number >= final && number < tip.number && tip.number - number <= TIED_BELOW_TIP
	}

	#askOnce(number: number): Promise<BlockRef | undefined> {
		if (this.#asked.size >= ASKED_AT_ONCE && !this.#asked.has(number))
			throw new RequestError(LIMIT_EXCEEDED, 'limit exceeded: too many old L1 blocks are asked for at once')
		return this.#asked.once(number, () => this.#modules.blockAt(number))
	}

	#fits(block: BlockRef): boolean {
		const parent = this.#blocks.get(block.number - 1)
		const child = this.#blocks.get(block.number + 1)
		return (
			(parent === undefined || parent.hash === block.parentHash) &&
			(child === undefined || child.parentHash === block.hash)
		)
	}

	#keep(block: BlockRef): void {
		this.#blocks.delete(block.number)
		this.#blocks.set(block.number, block)
		const [oldest] = this.#blocks.keys()
		if (this.#blocks.size > KNOWN_BLOCKS && oldest !== undefined) this.#blocks.delete(oldest)
	}
}
