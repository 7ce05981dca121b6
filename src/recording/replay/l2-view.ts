import type { BlockId } from '../../protocol/block.js'
import type { Hash } from '../../protocol/hash.js'
import type { RecordedChain, RecordedL2Block } from '../recording.js'

/**
 * The unsafe chain of one replayed node: what of the recorded blocks it has, by number.
 *
 * Blocks become known as the replay releases them and join the chain as soon as their parent is its head. Of two
 * children of one parent the later one wins: that is how recorded reorgs happen. Blocks whose parent is a
 * replacement wait until the replacement is in.
 */
export class L2View {
	readonly #all = new Map<Hash, RecordedL2Block>()
	readonly #childOf = new Map<Hash, RecordedL2Block>()
	readonly #chain: RecordedL2Block[] = []
	readonly #first: number
	readonly #buildable: (entry: RecordedL2Block) => boolean
	readonly #replacements: ReadonlySet<Hash>
	/** A fresh node holds its genesis only, and builds nothing before its engine was reset. */
	#building: boolean

	/** @param buildable whether a sequencer could build a block now: not if its L1 origin was reorged out. */
	constructor(chain: RecordedChain, buildable: (entry: RecordedL2Block) => boolean) {
		this.#buildable = buildable
		for (const entry of chain.blocks) this.#all.set(entry.block.hash, entry)
		const genesis = this.#all.get(chain.rollup.genesis.l2.hash)
		if (genesis === undefined)
			throw new RangeError(`the recording of chain ${chain.chainId} lacks the genesis block`)
		this.#chain.push(genesis)
		this.#first = genesis.block.number
		this.#replacements = new Set(chain.replacements.map(({ replacement }) => replacement.hash))
		this.#building = chain.start !== undefined
	}

	get building(): boolean {
		return this.#building
	}

	get head(): RecordedL2Block {
		const head = this.#chain.at(-1)
		if (head === undefined) throw new RangeError('the chain has lost its genesis')
		return head
	}

	at(number: number): RecordedL2Block | undefined {
		return this.#chain[number - this.#first]
	}

	byHash(hash: string): RecordedL2Block | undefined {
		return this.#all.get(hash as Hash)
	}

	has(block: BlockId): boolean {
		return this.at(block.number)?.block.hash === block.hash
	}

	/** A recorded block comes into being. @returns the blocks that joined the chain, ascending. */
	release(entry: RecordedL2Block): RecordedL2Block[] {
		if (this.#replacements.has(entry.block.hash) || entry === this.#chain[0]) return []
		this.#childOf.set(entry.block.parentHash, entry)
		if (!this.#building) return []
		const parent = this.at(entry.block.number - 1)
		if (parent?.block.hash !== entry.block.parentHash || this.has(entry.block) || !this.#buildable(entry))
			return []
		this.#cutAbove(parent)
		return this.grow()
	}

	/** `entry` becomes the head on top of its parent; what stood there is dropped. */
	adopt(entry: RecordedL2Block): void {
		const parent = this.at(entry.block.number - 1)
		if (parent?.block.hash !== entry.block.parentHash) return
		this.#cutAbove(parent)
		this.#chain.push(entry)
	}

	/** The engine was reset to `head`; from now on the node builds blocks. */
	resetTo(head: RecordedL2Block): void {
		this.#building = true
		this.#cutAbove(head)
	}

	/** Appends what is known on top of the head. @returns these blocks. */
	grow(): RecordedL2Block[] {
		const added: RecordedL2Block[] = []
		if (!this.#building) return added
		for (let next = this.#childOf.get(this.head.block.hash); next !== undefined && this.#buildable(next); ) {
			this.#chain.push(next)
			added.push(next)
			next = this.#childOf.get(next.block.hash)
		}
		return added
	}

	#cutAbove(entry: RecordedL2Block): void {
		this.#chain.length = entry.block.number - this.#first + 1
	}
}
