import { createHash } from 'node:crypto'
import type { BlockRef } from '../../src/protocol/block.js'
import type { ChainId } from '../../src/protocol/chain-id.js'
import { bytesToHash, type Hash, ZERO_HASH } from '../../src/protocol/hash.js'
import { type Content, contentKey, type Variant } from './content.js'
import type { ChainPlan, Plan } from './plan.js'
import { writeContents } from './write-contents.js'

/** The branch of L1 that is there at the end. */
export const FINAL = 0

const GENESIS_TIME = 1_000
/** Seconds. Chains of the first two have many blocks of the same time. */
const BLOCK_TIMES = [2, 1, 3]
/** One above 64 bits, as chain IDs may be. */
const CHAIN_IDS = [901n, 902n, (1n << 70n) + 3n, 7n] as ChainId[]

export interface WorldBlock extends Content {
	readonly chain: WorldChain
	readonly ref: BlockRef
	/** For people: `B3` block 3 of chain B as planned, `B3r` a replacement, and other letters for other variants. */
	readonly name: string
	readonly isReplacement: boolean
	/** A replacement is among its ancestors, or it is one. */
	readonly isAboveReplacement: boolean
}

export interface WorldChain {
	readonly plan: ChainPlan
	readonly index: number
	readonly letter: string
	readonly chainId: ChainId
	readonly blockTime: number
	readonly interopTime: number
	readonly anchor: WorldBlock
	/** The last number with planned logs. */
	readonly lastNumber: number
	/** Seconds since 1970. */
	timeOf(number: number): number
}

/** A block that L1 yields on top of another, and the first L1 block from which it does. */
export interface Derivation {
	readonly block: WorldBlock
	readonly source: number
}

/**
 * All that can ever be derived or announced in a cluster. What a chain derives on top of a block is a function of
 * that block and L1 alone (rules, P4), whenever it is asked.
 */
export class World {
	readonly chains: readonly WorldChain[]
	/** Last blocks of the branches; the final one ends with the block that closes all chains. */
	readonly l1Heights: readonly number[]
	/** Later than any block with logs: once a chain has passed it, no message can wait for that chain. */
	readonly #closingTime: number
	readonly #contents: ReadonlyMap<string, Content>
	readonly #blocks = new Map<Hash, WorldBlock>()

	constructor(readonly plan: Plan) {
		this.chains = plan.chains.map((chain, index) => this.#makeChain(chain, index))
		this.l1Heights = [plan.l1Height + 1, ...plan.branches.map(({ length }, i) => this.forkOf(i + 1) + length)]
		this.#closingTime = Math.max(...this.chains.map((chain) => chain.timeOf(chain.lastNumber)))
		this.#contents = writeContents(plan, this.chains)
	}

	get expiryWindow(): number {
		return this.plan.expiryWindow
	}

	/** @throws RangeError if no such block was ever made. */
	block(hash: Hash): WorldBlock {
		const block = this.#blocks.get(hash)
		if (block === undefined) throw new RangeError(`no block ${hash} was made`)
		return block
	}

	/** Block `number` of L1 on a branch. */
	l1(branch: number, number: number): BlockRef {
		const own = number > this.forkOf(branch) ? branch : FINAL
		const parentHash = number === 0 ? ZERO_HASH : this.l1(branch, number - 1).hash
		return { hash: hashOf('l1', own, number), number, parentHash, timestamp: GENESIS_TIME + 12 * number }
	}

	/** The last block that a branch shares with the final L1. The closing block is on no other branch. */
	forkOf(branch: number): number {
		const planned = this.plan.branches[branch - 1]
		return planned === undefined ? Number.POSITIVE_INFINITY : Math.min(planned.fork, this.plan.l1Height)
	}

	/** The last L1 block that two branches share. */
	commonL1(a: number, b: number): number {
		return a === b
			? Math.min(this.#height(a), this.#height(b))
			: Math.min(this.forkOf(a), this.forkOf(b), this.#height(a), this.#height(b))
	}

	/** What is derived on top of a block, given the whole of an L1 branch. */
	child(parent: WorldBlock, branch: number): Derivation | undefined {
		const { chain, isAboveReplacement } = parent
		const at = this.#source(parent, branch)
		if (at === undefined) return undefined
		const late = at + (isAboveReplacement ? chain.plan.delay : 0)
		const source = branch === FINAL ? Math.min(late, this.#height(FINAL)) : late
		if (source > this.#height(branch)) return undefined
		const isElsewhere = source > this.forkOf(branch) && !chain.plan.isSameElsewhere
		return { block: this.#childOf(parent, isElsewhere ? 'elsewhere' : this.#usual(parent)), source }
	}

	/** What the sequencer builds on top of a block, as if L1 had it already. */
	announced(parent: WorldBlock, variant?: Variant): WorldBlock | undefined {
		if (parent.ref.number >= parent.chain.lastNumber) return undefined
		return this.#childOf(parent, variant ?? this.#usual(parent))
	}

	/** The same place with the deposits alone (rules, P2). */
	replacement(block: WorldBlock): WorldBlock {
		const { chain, ref, depositCount } = block
		const hash = hashOf('replacement', ref.hash)
		return this.#made({
			chain,
			ref: { ...ref, hash },
			name: `${block.name}r`,
			depositCount,
			logs: block.logs.slice(0, depositCount),
			isReplacement: true,
			isAboveReplacement: true,
		})
	}

	#usual(parent: WorldBlock): Variant {
		if (!parent.isAboveReplacement) return 'planned'
		const kinds: readonly Variant[] = ['planned', 'aboveReplacement', 'depositsOnly']
		return kinds[parent.chain.plan.aboveReplacement] ?? 'planned'
	}

	#childOf(parent: WorldBlock, variant: Variant): WorldBlock {
		const { chain, ref } = parent
		const number = ref.number + 1
		const content = this.#contents.get(contentKey(chain.index, number, variant)) ?? {
			depositCount: 0,
			logs: [],
		}
		const hash = hashOf('block', ref.hash, variant)
		return this.#made({
			chain,
			ref: { hash, number, parentHash: ref.hash, timestamp: chain.timeOf(number) },
			name: `${chain.letter}${number}${NAME_ENDS[variant]}${parent.isAboveReplacement ? "'" : ''}`,
			...content,
			isReplacement: false,
			isAboveReplacement: parent.isAboveReplacement,
		})
	}

	/** First L1 block of a branch that has the batches for a child of a block. */
	#source({ chain, ref }: WorldBlock, branch: number): number | undefined {
		const { anchorSource, derived, derivedElsewhere } = chain.plan
		let missing = ref.number + 1 - chain.anchor.ref.number
		for (let l1 = anchorSource; l1 <= this.#height(branch); l1++) {
			const isElsewhere = l1 > this.forkOf(branch)
			missing -=
				(isElsewhere ? derivedElsewhere[l1 - this.forkOf(branch) - 1] : derived[l1 - anchorSource]) ?? 0
			if (missing <= 0) return l1
		}
		const isOver = ref.timestamp > this.#closingTime
		return branch === FINAL && !isOver ? this.#height(FINAL) : undefined
	}

	#height(branch: number): number {
		return this.l1Heights[branch] ?? this.plan.l1Height
	}

	#made(block: WorldBlock): WorldBlock {
		const known = this.#blocks.get(block.ref.hash)
		if (known !== undefined) return known
		this.#blocks.set(block.ref.hash, block)
		return block
	}

	#makeChain(plan: ChainPlan, index: number): WorldChain {
		const blockTime = BLOCK_TIMES[plan.pace] ?? 2
		const letter = 'ABCD'[index] ?? '?'
		const number = plan.activation
		const timeOf = (of: number) => GENESIS_TIME + plan.offset + of * blockTime
		const counts = [plan.derived, plan.derivedElsewhere].map((list) => list.reduce((a, b) => a + b, 0))
		const anchor: WorldBlock = {
			get chain(): WorldChain {
				return chain
			},
			ref: {
				hash: hashOf('anchor', index),
				number,
				parentHash: hashOf('before', index),
				timestamp: timeOf(number),
			},
			name: `${letter}${number}`,
			depositCount: 0,
			logs: [],
			isReplacement: false,
			isAboveReplacement: false,
		}
		const chain: WorldChain = {
			plan,
			index,
			letter,
			chainId: CHAIN_IDS[index] ?? CHAIN_IDS[0] ?? (1n as ChainId),
			blockTime,
			// In the midst of a block's time the next block is the first with interop.
			interopTime: number === 0 ? GENESIS_TIME - 100 : timeOf(number) - (blockTime - 1),
			anchor,
			lastNumber: number + (counts[0] ?? 0) + (counts[1] ?? 0) + plan.tail,
			timeOf,
		}
		this.#made(anchor)
		return chain
	}
}

const NAME_ENDS: Record<Variant, string> = {
	planned: '',
	aboveReplacement: 'n',
	elsewhere: 'e',
	unsafe: 'u',
	depositsOnly: 'd',
}

export function hashOf(...words: readonly (string | number)[]): Hash {
	return bytesToHash(createHash('sha256').update(words.join('/')).digest())
}
