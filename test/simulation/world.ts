import { type BlockRef, blockId } from '../../src/protocol/block.js'
import type { ChainId } from '../../src/protocol/chain-id.js'
import { type Hash, ZERO_HASH } from '../../src/protocol/hash.js'
import { Random } from '../../src/recording/generate/random.js'
import type { RecordedL2Block } from '../../src/recording/recording.js'
import type { Variant } from '../oracle/content.js'
import type { JudgedBlock, JudgedChain, JudgedWorld } from '../oracle/judged.js'
import { hashOf } from '../oracle/world.js'
import { type ClusterState, emptyState } from './cluster-state.js'
import { Contents, type SimulatedContent, type SimulatedLog } from './contents.js'
import { judge } from './judge.js'
import { type ChainShape, GENESIS_TIME, L1_BLOCK_TIME, l1Time, type Shape } from './shape.js'

export interface SimulatedChain extends JudgedChain<SimulatedBlock> {
	readonly shape: ChainShape
	readonly index: number
	readonly genesis: SimulatedBlock
}

export interface SimulatedBlock extends JudgedBlock {
	readonly chain: SimulatedChain
	readonly logs: readonly SimulatedLog[]
	/** As nodes show it. */
	readonly entry: RecordedL2Block
	readonly isReplacement: boolean
	readonly isAboveReplacement: boolean
}

/** An L1 block with where a cluster stands that was given L1 up to it, and nothing else ever. */
export interface L1Block {
	readonly ref: BlockRef
	readonly parent: L1Block | undefined
	readonly state: ClusterState
}

/** When a chain's batches are on time, and which blocks they make. */
export interface Batches {
	/** Key of the randomness; L1 blocks of one key and number carry the same. */
	readonly branch: number
	/** Everything that is older than the L1 block is in it. */
	readonly isClosing: boolean
}

/**
 * All that can ever be built or derived in a cluster. Batches name the blocks on which they build, so what L1 yields
 * on top of a block is looked up by both (rules, P4). Batches above an invalid block come in L1 blocks after those
 * that show that it is invalid, because whoever makes them sees the replacement first.
 */
export class SimulatedWorld implements JudgedWorld<SimulatedBlock> {
	readonly chains: readonly SimulatedChain[]
	readonly l1Genesis: L1Block
	readonly #contents: Contents
	readonly #blocks = new Map<Hash, SimulatedBlock>()
	readonly #l1Names = new Map<string, string>()
	readonly #derived = new Map<string, SimulatedBlock>()

	constructor(readonly shape: Shape) {
		this.#contents = new Contents(shape)
		const genesisL1 = (number: number): BlockRef => trunk(shape.seed, number)
		this.chains = shape.chains.map((chain) => this.#makeChain(chain, genesisL1(chain.l1Genesis)))
		this.l1Genesis = this.#l1Block(undefined, { branch: 0, isClosing: false })
	}

	get expiryWindow(): number {
		return this.shape.expiryWindow
	}

	block(hash: Hash): SimulatedBlock {
		const block = this.#blocks.get(hash)
		if (block === undefined) throw new RangeError(`no block ${hash} was made`)
		return block
	}

	/** Names of all blocks that were ever made, by hash. */
	names(): Map<string, string> {
		return new Map([
			...[...this.#blocks.values()].map(({ ref, name }) => [ref.hash, name] as const),
			...this.#l1Names,
		])
	}

	find(hash: string): SimulatedBlock | undefined {
		return this.#blocks.get(hash as Hash)
	}

	/** The next L1 block on a branch, with what it yields. */
	extend(parent: L1Block, batches: Batches): L1Block {
		return this.#l1Block(parent, batches)
	}

	/** What L1 block `source` yields on top of an L2 block. */
	derive(source: Hash, parent: Hash): SimulatedBlock | undefined {
		return this.#derived.get(`${source}${parent}`)
	}

	/** What a sequencer builds on a block; undefined if the L1 block that would be its origin is not there. */
	build(
		parent: SimulatedBlock,
		l1: (number: number) => BlockRef | undefined,
		variant: Variant = this.#usual(parent),
	): SimulatedBlock | undefined {
		const { chain } = parent
		const number = parent.ref.number + 1
		const origin = l1(originOf(chain.shape, number))
		if (origin === undefined) return undefined
		const content = this.#contents.of(chain.shape, number, variant)
		const hash = hashOf('block', parent.ref.hash, origin.hash, variant)
		const name = `${chain.letter}${number}${NAME_ENDS[variant]}${parent.isAboveReplacement ? "'" : ''}`
		return this.#make({
			chain,
			content,
			hash,
			number,
			name,
			origin,
			parentHash: parent.ref.hash,
			above: parent.isAboveReplacement,
		})
	}

	/** The same place with the deposits alone (rules, P2). */
	replacement(block: SimulatedBlock): SimulatedBlock {
		const { chain, ref, depositCount, entry } = block
		const content = { depositCount, logs: block.logs.slice(0, depositCount) }
		const hash = hashOf('replacement', ref.hash)
		const origin = entry.block.l1origin
		return this.#make({
			chain,
			content,
			hash,
			number: ref.number,
			name: `${block.name}r`,
			origin,
			parentHash: ref.parentHash,
			above: true,
			replaces: true,
		})
	}

	#l1Block(parent: L1Block | undefined, batches: Batches): L1Block {
		const { seed } = this.shape
		const number = parent === undefined ? 0 : parent.ref.number + 1
		const ref: BlockRef =
			batches.branch === 0
				? trunk(seed, number)
				: {
						hash: hashOf('l1', seed, batches.branch, parent?.ref.hash ?? ''),
						number,
						parentHash: parent?.ref.hash ?? ZERO_HASH,
						timestamp: l1Time(number),
					}
		const block: L1Block = {
			ref,
			parent,
			state: parent === undefined ? emptyState(this.chains) : parent.state.copy(),
		}
		this.#l1Names.set(ref.hash, `L1/${batches.branch}#${number}`)
		for (const chain of this.chains) this.#batch(block, chain, batches)
		judge(this, block.state, number)
		return block
	}

	/** Derives what this L1 block has for a chain. */
	#batch(l1: L1Block, chain: SimulatedChain, { branch, isClosing }: Batches): void {
		const { number } = l1.ref
		const { seed } = this.shape
		const derived = l1.state.of(chain).derived
		if (number < chain.shape.l1Genesis) return
		if (number === chain.shape.l1Genesis) {
			derived.push({ block: chain.genesis, source: number })
			return
		}
		const random = new Random(seed, 0xba7c4, branch, number, chain.index)
		const lag = isClosing ? 0 : random.below(chain.shape.lag + 1)
		// The L1 block holds only what is older than itself.
		const target = chain.shape.numberAt(l1Time(number - lag) - 1)
		const isElsewhere =
			branch > 0 && !isClosing && new Random(seed, 0xe15e, branch, chain.index).below(4) === 0
		for (let head = derived.at(-1)?.block; head !== undefined && head.ref.number < target; ) {
			const mayDiffer = !head.isAboveReplacement && head.ref.number >= chain.shape.activation
			const variant = isElsewhere && mayDiffer ? 'elsewhere' : this.#usual(head)
			const next = this.build(head, (at) => ancestor(l1, at)?.ref, variant)
			if (next === undefined) throw new RangeError(`no origin for a block on ${head.name}`)
			this.#derived.set(`${l1.ref.hash}${head.ref.hash}`, next)
			derived.push({ block: next, source: number })
			head = next
		}
	}

	#usual(parent: SimulatedBlock): Variant {
		if (!parent.isAboveReplacement) return 'planned'
		const kinds: readonly Variant[] = ['planned', 'aboveReplacement', 'depositsOnly']
		return kinds[parent.chain.shape.aboveReplacement] ?? 'planned'
	}

	#makeChain(shape: ChainShape, l1Genesis: BlockRef): SimulatedChain {
		const { index, chainId, letter, blockTime, activation } = shape
		const chain: SimulatedChain = {
			shape,
			index,
			chainId,
			letter,
			blockTime,
			interopTime: activation === 0 ? 0 : shape.timeOf(activation) - (blockTime - 1),
			get genesis(): SimulatedBlock {
				return genesis
			},
			get anchor(): SimulatedBlock {
				return anchor
			},
		}
		const genesis = this.#make({
			chain,
			content: { depositCount: 0, logs: [] },
			hash: hashOf('genesis', this.shape.seed, index),
			number: 0,
			name: `${letter}0`,
			origin: l1Genesis,
			parentHash: ZERO_HASH,
			above: false,
		})
		let anchor = genesis
		while (anchor.ref.number < activation) {
			anchor = this.build(anchor, (number) => trunk(this.shape.seed, number), 'planned') ?? genesis
		}
		return chain
	}

	#make(of: {
		readonly chain: SimulatedChain
		readonly content: SimulatedContent
		readonly hash: Hash
		readonly number: number
		readonly name: string
		readonly origin: { readonly hash: Hash; readonly number: number }
		readonly parentHash: Hash
		readonly above: boolean
		readonly replaces?: boolean
	}): SimulatedBlock {
		const known = this.#blocks.get(of.hash)
		if (known !== undefined) return known
		const { chain, content, hash, number, parentHash, replaces = false } = of
		const timestamp = chain.shape.timeOf(number)
		const ref: BlockRef = { hash, number, parentHash, timestamp }
		const block: SimulatedBlock = {
			...content,
			chain,
			ref,
			name: of.name,
			isReplacement: replaces,
			isAboveReplacement: of.above,
			entry: {
				t: (timestamp - GENESIS_TIME) * 1000,
				block: { ...ref, l1origin: blockId(of.origin), sequenceNumber: sequenceNumber(chain.shape, number) },
				canonical: true,
				announced: !replaces && number > 0,
			},
		}
		this.#blocks.set(hash, block)
		return block
	}
}

const NAME_ENDS: Record<Variant, string> = {
	planned: '',
	aboveReplacement: 'n',
	elsewhere: 'e',
	unsafe: 'u',
	depositsOnly: 'd',
}

/** The blocks of L1 that no reorg touches. */
function trunk(seed: number, number: number): BlockRef {
	const hash = (of: number) => hashOf('l1', seed, 'trunk', of)
	return {
		hash: hash(number),
		number,
		parentHash: number === 0 ? ZERO_HASH : hash(number - 1),
		timestamp: l1Time(number),
	}
}

/** Block `number` of the branch that ends with a block. */
export function ancestor(tip: L1Block, number: number): L1Block | undefined {
	let block: L1Block | undefined = tip
	while (block !== undefined && block.ref.number > number) block = block.parent
	return block?.ref.number === number ? block : undefined
}

/** The number of the L1 block that an L2 block names as origin: the last one that is not younger. */
function originOf(chain: ChainShape, number: number): number {
	return Math.max(chain.l1Genesis, Math.floor((chain.timeOf(number) - GENESIS_TIME) / L1_BLOCK_TIME))
}

function sequenceNumber(chain: ChainShape, number: number): number {
	const origin = originOf(chain, number)
	let first = number
	while (first > 0 && originOf(chain, first - 1) === origin) first--
	return number - first
}

export function chainOf(world: SimulatedWorld, chainId: ChainId): SimulatedChain {
	const chain = world.chains.find((candidate) => candidate.chainId === chainId)
	if (chain === undefined) throw new RangeError(`the world has no chain ${chainId}`)
	return chain
}
