import { type BlockId, blockId } from '../../protocol/block.js'
import { type ChainId, chainIdFromBigint } from '../../protocol/chain-id.js'
import type {
	RecordedChain,
	RecordedHeads,
	RecordedL1Block,
	RecordedL2Block,
	RecordedLink,
	Recording,
} from '../recording.js'
import type { Journal, JournalChain, KeptL2Block } from './journal.js'
import { RecordSpanError } from './record-errors.js'
import type { L1Entry, L2Entry } from './record-source.js'

/** The default of supervisors. */
export const CONFIRMATION_DEPTH = 2
/** Two epochs of 32 slots: so far below the tip L1 calls a block final when all is well. */
const FINALITY_LAG = 64

type L2Chain = JournalChain<KeptL2Block, L2Entry>

/** A finished recording, and what it lacks. */
export interface Assembled {
	readonly recording: Recording
	/** Executing messages whose initiating message was not recorded: a supervisor will find their blocks invalid. */
	readonly messagesFromOutside: number
}

/**
 * Makes the recording of what was fetched. Its chains begin with the first recorded blocks, as if these were genesis.
 *
 * No RPC tells from which L1 block an L2 block was derived, so that is reconstructed: from the first L1 block that is
 * not older than it, the earliest that can hold its batch.
 * @throws RecordSpanError if the chains cannot be replayed
 */
export function assemble(journal: Journal, name: string): Assembled {
	const l1 = journal.l1.blocks
	const starts = [...journal.chains.values()].map((chain) => chain.blocks[0]?.block.timestamp ?? 0)
	const zero = Math.min(...starts)
	const at = (timestamp: number) => Math.max(0, timestamp - zero) * 1000
	const lastL1 = l1.at(-1)?.block
	const firstL1 = l1[0]?.block
	if (firstL1 === undefined || lastL1 === undefined) throw new RecordSpanError('no L1 block was fetched')
	const finalNumber = Math.max(firstL1.number, lastL1.number - FINALITY_LAG)
	const messagesFromOutside = countFromOutside(journal)
	const heads = new Map<ChainId, RecordedHeads>()
	const l1ChainId = journal.head?.l1ChainId ?? 0
	const chains = [...journal.chains].map(([id, chain]) => {
		const chainId = chainIdFromBigint(BigInt(id))
		const links = linksOf(chain, l1, at)
		heads.set(chainId, headsOf(chain, links, finalNumber, messagesFromOutside === 0))
		return recordChain({ chainId, chain, links, l1ChainId, at, journal })
	})
	const blockCount = chains.reduce((sum, { blocks }) => sum + blocks.length, 0)
	return {
		messagesFromOutside,
		recording: {
			name,
			description: `${blockCount} blocks of ${chains.length === 1 ? 'chain' : 'chains'} ${chains.map(({ chainId }) => chainId).join(', ')}, fetched over RPC; derivation is reconstructed`,
			l1ChainId,
			confirmationDepth: CONFIRMATION_DEPTH,
			dependencySet: { dependencies: Object.fromEntries(chains.map(({ chainId }) => [`${chainId}`, {}])) },
			l1: l1.map(
				({ block, header }): RecordedL1Block => ({ t: at(block.timestamp), block, canonical: true, header }),
			),
			finality: l1.flatMap(({ block }) => {
				const final = journal.l1.at(block.number - FINALITY_LAG)
				return final === undefined ? [] : [{ t: at(block.timestamp), block: blockId(final.block) }]
			}),
			chains,
			heads,
			finalizedL1: blockId((journal.l1.at(finalNumber) ?? { block: firstL1 }).block),
		},
	}
}

function recordChain({
	chainId,
	chain,
	links,
	l1ChainId,
	at,
	journal,
}: {
	readonly chainId: ChainId
	readonly chain: L2Chain
	readonly links: readonly RecordedLink[]
	readonly l1ChainId: number
	readonly at: (timestamp: number) => number
	readonly journal: Journal
}): RecordedChain {
	const [first, second] = chain.blocks
	if (first === undefined || second === undefined) throw new RecordSpanError('a recording needs two blocks')
	const blockTime = second.block.timestamp - first.block.timestamp
	for (const [index, { block }] of chain.blocks.entries()) {
		if (block.timestamp !== first.block.timestamp + index * blockTime) {
			throw new RecordSpanError(
				`block ${block.number} of chain ${chainId} is not ${blockTime} s younger than its parent; blocks of an OP Stack chain come evenly, so record a span without this one`,
			)
		}
	}
	const kept = new Map(chain.blocks.map((entry) => [entry.block.hash, entry]))
	const l2 = blockId(first.block)
	return {
		chainId,
		rollup: {
			genesis: { l1: first.block.l1origin, l2, l2_time: first.block.timestamp },
			block_time: blockTime,
			l1_chain_id: l1ChainId,
			l2_chain_id: Number(chainId),
			interop_time: first.block.timestamp,
		},
		blocks: chain.blocks.map(({ block, output }) => ({
			t: at(block.timestamp),
			block,
			canonical: true,
			announced: block.hash !== l2.hash,
			...(output === undefined ? {} : { output }),
		})),
		links,
		replacements: [],
		receipts: ({ block }: RecordedL2Block) => {
			const entry = kept.get(block.hash)
			if (entry === undefined) throw new RangeError(`block ${block.hash} was not fetched`)
			return journal.receipts(entry)
		},
	}
}

/** A supervisor gives a node no L1 block that is not deep enough, so nothing is derived from the newest ones. */
function linksOf(chain: L2Chain, l1: readonly L1Entry[], at: (timestamp: number) => number): RecordedLink[] {
	const links: RecordedLink[] = []
	let index = 0
	for (const { block } of chain.blocks.slice(1)) {
		while ((l1[index]?.block.timestamp ?? Number.POSITIVE_INFINITY) < block.timestamp) index++
		const source = l1[index]?.block
		if (source === undefined || index > l1.length - 1 - CONFIRMATION_DEPTH) break
		links.push({ t: at(source.timestamp), source: blockId(source), derived: blockId(block) })
	}
	return links
}

function headsOf(
	chain: L2Chain,
	links: readonly RecordedLink[],
	finalNumber: number,
	areMessagesKnown: boolean,
): RecordedHeads {
	const [first] = chain.blocks
	const { last } = chain
	if (first === undefined || last === undefined) return {}
	const localUnsafe = blockId(last.block)
	const derived: BlockId = links.at(-1)?.derived ?? blockId(first.block)
	const safe = { derived, source: links.at(-1)?.source ?? first.block.l1origin }
	if (!areMessagesKnown) return { localUnsafe, localSafe: safe }
	const final = links.findLast(({ source }) => source.number <= finalNumber)
	return {
		localUnsafe,
		crossUnsafe: localUnsafe,
		localSafe: safe,
		crossSafe: safe,
		finalized: final?.derived ?? blockId(first.block),
	}
}

/** The logs of a chain's first recorded block are not indexed either. */
function countFromOutside({ chains }: Journal): number {
	let count = 0
	for (const chain of chains.values()) {
		for (const { chainId, timestamp } of chain.blocks.slice(1).flatMap(({ executed }) => executed)) {
			const first = chains.get(Number(chainId))?.blocks[0]
			if (first === undefined || timestamp <= first.block.timestamp) count++
		}
	}
	return count
}
