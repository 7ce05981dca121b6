import type { BlockId } from '../../protocol/block.js'
import type { Hash } from '../../protocol/hash.js'
import type { RecordedL2Block } from '../recording.js'
import type { NodeChain } from './node-chain.js'

/**
 * The unsafe chain of one replayed node: what of the recorded blocks it has, by number.
 *
 * Blocks become known as the replay releases them and join the chain as soon as their parent is its head. Of two
 * children of one parent the later one wins that can be built: that is how recorded reorgs happen. Blocks whose
 * parent is a replacement wait until the replacement is in.
 */
export class L2View {
	readonly #childrenOf = new Map<Hash, RecordedL2Block[]>()
	readonly #blocks: RecordedL2Block[] = []
	readonly #first: number
	readonly #buildable: (entry: RecordedL2Block) => boolean
	readonly #chain: NodeChain
	/** A fresh node holds its genesis only, and builds nothing before its engine was reset. */
	#building: boolean

	/** @param buildable whether a sequencer could build a block now: not if its L1 origin was reorged out. */
	constructor(chain: NodeChain, buildable: (entry: RecordedL2Block) => boolean) {
		this.#chain = chain
		this.#buildable = buildable
		this.#blocks.push(chain.genesis)
		this.#first = chain.genesis.block.number
		this.#building = chain.start !== undefined
	}

	get building(): boolean {
		return this.#building
	}

	get head(): RecordedL2Block {
		const head = this.#blocks.at(-1)
		if (head === undefined) throw new RangeError('the chain has lost its genesis')
		return head
	}

	at(number: number): RecordedL2Block | undefined {
		return this.#blocks[number - this.#first]
	}

	has(block: BlockId): boolean {
		return this.at(block.number)?.block.hash === block.hash
	}

	/** A recorded block comes into being. @returns the blocks that joined the chain, ascending. */
	release(entry: RecordedL2Block): RecordedL2Block[] {
		if (this.#chain.isReplacement(entry.block.hash) || entry === this.#blocks[0]) return []
		this.#know(entry)
		if (!this.#building) return []
		const parent = this.at(entry.block.number - 1)
		if (parent?.block.hash !== entry.block.parentHash || this.has(entry.block) || !this.#buildable(entry))
			return []
		this.cutAbove(parent)
		return this.grow()
	}

	/** `entry` becomes the head on top of its parent; what stood there is dropped. */
	adopt(entry: RecordedL2Block): void {
		const parent = this.at(entry.block.number - 1)
		if (parent?.block.hash !== entry.block.parentHash) return
		this.cutAbove(parent)
		this.#blocks.push(entry)
	}

	/** The engine was reset to `head`; from now on the node builds blocks. */
	resetTo(head: RecordedL2Block): void {
		this.#building = true
		this.cutAbove(head)
	}

	/** Appends what is known on top of the head. @returns these blocks. */
	grow(): RecordedL2Block[] {
		const added: RecordedL2Block[] = []
		if (!this.#building) return added
		for (let next = this.#child(); next !== undefined; next = this.#child()) {
			this.#blocks.push(next)
			added.push(next)
		}
		return added
	}

	/** Blocks above this one are no longer on the chain. */
	cutAbove(entry: RecordedL2Block): void {
		this.#blocks.length = entry.block.number - this.#first + 1
	}

	#know(entry: RecordedL2Block): void {
		const { parentHash } = entry.block
		const others = this.#childrenOf.get(parentHash)?.filter((other) => other !== entry) ?? []
		this.#childrenOf.set(parentHash, [...others, entry])
	}

	#child(): RecordedL2Block | undefined {
		return this.#childrenOf.get(this.head.block.hash)?.findLast((entry) => this.#buildable(entry))
	}
}
