import { createHash } from 'node:crypto'
import { type BlockRef, blockId, type L2BlockRef } from '../../src/protocol/block.js'
import { type ChainId, chainIdFromBigint } from '../../src/protocol/chain-id.js'
import { bytesToHash, type Hash, ZERO_HASH } from '../../src/protocol/hash.js'
import type {
	RecordedChain,
	RecordedHeads,
	RecordedL1Block,
	Recording,
} from '../../src/recording/recording.js'
import { sampleReceipts } from './sample-receipts.js'

const GENESIS_TIME = 1_800_000_000
const BLOCK_SECONDS = 2
export const CONFIRMATION_DEPTH = 2
const UNSAFE_AHEAD = 5

export interface SampleShape {
	readonly chainIds?: readonly number[]
	/** Highest L2 block that is derived from L1. */
	readonly derived: number
	/** Unsafe blocks above it. */
	readonly ahead?: number
	readonly logsPerBlock?: number
	/** Blocks `from` and above exist in another version first, until L1 says otherwise. */
	readonly fork?: { readonly from: number; readonly length: number }
	/** The first block with interop; genesis if it is left out. */
	readonly activation?: number
	/** How many L1 blocks later the blocks of the second chain are derived. */
	readonly late?: number
	/** How L1 came to be what it is; otherwise block by block. */
	readonly l1?: (canonical: readonly BlockRef[]) => readonly RecordedL1Block[]
}

/** A hash that depends on the words alone, so that every process makes the same chain. */
export function hashOf(...words: readonly (string | number | bigint)[]): Hash {
	return bytesToHash(createHash('sha256').update(words.join('/')).digest())
}

/** Time of block `number`, of L1 as of L2, in ms of the recording. */
export function timeOf(number: number): number {
	return number * BLOCK_SECONDS * 1000
}

/** The L1 block from which L2 block `number` is derived. Every fourth L1 block is empty, the one after it gives two. */
export function sourceOf(number: number): number {
	return number % 4 === 3 ? number + 2 : number + 1
}

/** A block of L1, or of an L2 chain, on `parent`. */
export function childOf(chain: string | bigint, parent: BlockRef | undefined, branch = 'main'): BlockRef {
	const number = parent === undefined ? 0 : parent.number + 1
	return {
		hash: hashOf(chain, branch, number, parent?.hash ?? ''),
		number,
		parentHash: parent?.hash ?? ZERO_HASH,
		timestamp: GENESIS_TIME + BLOCK_SECONDS * number,
	}
}

/** The blocks up to `last` on top of `blocks`. */
export function extend(
	chain: string | bigint,
	blocks: readonly BlockRef[],
	last: number,
	branch?: string,
): BlockRef[] {
	const all = [...blocks]
	while ((all.at(-1)?.number ?? -1) < last) all.push(childOf(chain, all.at(-1), branch))
	return all
}

/** A small cluster, made up: the same shape gives the same recording. */
export function sampleRecording(shape: SampleShape): Recording {
	const { chainIds = [901, 902], derived, ahead = UNSAFE_AHEAD, fork } = shape
	const lastSource = sourceOf(derived) + (shape.late ?? 0)
	// One more than the nodes derive from: the supervisor's answer to the last exhaustL1 shows that it has it.
	const top = Math.max(derived + ahead, (fork?.from ?? 0) + (fork?.length ?? 0))
	const l1 = extend('l1', [], Math.max(lastSource + 1 + CONFIRMATION_DEPTH, top))
	const chains = chainIds.map((id, at) =>
		sampleChain(chainIdFromBigint(BigInt(id)), shape, l1, at === 1 ? (shape.late ?? 0) : 0),
	)
	const heads = new Map<ChainId, RecordedHeads>()
	for (const { chainId, blocks } of chains) {
		const canonical = canonicalBlocks(blocks)
		const unsafe = canonical.at(-1)
		const safe = canonical[derived]
		const source = l1[lastSource]
		if (unsafe === undefined || safe === undefined || source === undefined) continue
		heads.set(chainId, {
			localUnsafe: blockId(unsafe),
			localSafe: { source: blockId(source), derived: blockId(safe) },
		})
	}
	return {
		name: 'sample',
		description: 'made up for a test',
		l1ChainId: 900,
		confirmationDepth: CONFIRMATION_DEPTH,
		dependencySet: { dependencies: Object.fromEntries(chainIds.map((id) => [`${id}`, {}])) },
		l1: shape.l1?.(l1) ?? l1.map((block) => ({ t: timeOf(block.number), block, canonical: true })),
		finality: [],
		chains,
		heads,
	}
}

/** The blocks that stay, ascending. */
export function canonicalBlocks(blocks: RecordedChain['blocks']): L2BlockRef[] {
	const canonical = blocks.filter((entry) => entry.canonical).map(({ block }) => block)
	return canonical.sort((a, b) => a.number - b.number)
}

function sampleChain(
	chainId: ChainId,
	shape: SampleShape,
	l1: readonly BlockRef[],
	late: number,
): RecordedChain {
	const { derived, ahead = UNSAFE_AHEAD, logsPerBlock = 3, fork } = shape
	const top = derived + ahead
	const trunk = extend(chainId, [], fork === undefined ? top : fork.from - 1)
	const main = fork === undefined ? trunk : extend(chainId, trunk, top, 'winner')
	const old =
		fork === undefined ? [] : extend(chainId, trunk, fork.from + fork.length - 1, 'loser').slice(fork.from)
	const withOrigin = (block: BlockRef): L2BlockRef => {
		const origin = l1[Math.max(0, block.number - 1)]
		if (origin === undefined) throw new RangeError(`L1 has no origin for block ${block.number}`)
		return { ...block, l1origin: blockId(origin), sequenceNumber: 0 }
	}
	// Of two children of one block the node takes the later one; the winner is derived all the same.
	const time = ({ number }: BlockRef) => (fork === undefined || number < fork.from ? timeOf(number) : 0)
	const blocks = [
		...old.map((block) => ({ t: timeOf(block.number), block, canonical: false })),
		...main.map((block) => ({ t: time(block), block, canonical: true })),
	]
	blocks.sort((a, b) => a.t - b.t)
	const links = main.slice(1, derived + 1).map((block) => {
		const source = l1[sourceOf(block.number) + late]
		if (source === undefined) throw new RangeError(`L1 has no source for block ${block.number}`)
		return { t: timeOf(source.number), source: blockId(source), derived: blockId(block) }
	})
	const [l1Genesis] = l1
	const [genesis] = main
	if (l1Genesis === undefined || genesis === undefined) throw new RangeError('a chain needs its genesis')
	return {
		chainId,
		rollup: {
			genesis: { l1: blockId(l1Genesis), l2: blockId(genesis), l2_time: GENESIS_TIME },
			block_time: BLOCK_SECONDS,
			l1_chain_id: 900,
			l2_chain_id: Number(chainId),
			interop_time: shape.activation === undefined ? 0 : GENESIS_TIME + BLOCK_SECONDS * shape.activation,
		},
		blocks: blocks.map(({ t, block, canonical }) => ({
			t,
			block: withOrigin(block),
			canonical,
			announced: true,
		})),
		links,
		replacements: [],
		receipts: ({ block }) => sampleReceipts(block, block.number === 0 ? 0 : logsPerBlock),
	}
}
