import { type BlockId, blockId } from '../protocol/block.js'
import { type ChainId, chainIdFromBigint } from '../protocol/chain-id.js'
import { bytesToHash, type Hash, ZERO_HASH } from '../protocol/hash.js'
import { keccak256 } from '../protocol/keccak.js'
import {
	type ClusterShape,
	clusterShape,
	type GenerateOptions,
	l1Origin,
	l1Source,
	l2Time,
} from './generate/cluster-shape.js'
import { GeneratedL1 } from './generate/l1-blocks.js'
import { ReceiptsGenerator } from './generate/receipts-json.js'
import type { RecordedChain, RecordedHeads, RecordedL2Block, RecordedLink, Recording } from './recording.js'

const L1_CHAIN_ID = 900
/** L1 blocks are final this many blocks below the last local-safe source. */
const FINALITY_LAG = 8

/**
 * Makes a synthetic cluster: chains of one block time whose blocks are valid and whose messages all exist, so that
 * cross-unsafe and cross-safe reach the end. The same options give the same bytes. Blocks are small objects made at
 * once; receipts are made each time they are asked for, so that chains of any length need little memory.
 * @throws RangeError naming the option that is out of range.
 */
export function generateRecording(options: GenerateOptions): Recording {
	const shape = clusterShape(options)
	const derived = shape.blocks - shape.unsafeBlocks
	const lastSource = derived === 0 ? 0 : l1Source(shape, derived)
	const l1 = new GeneratedL1(shape)
	const l1Blocks = Array.from({ length: lastSource + shape.confirmationDepth + 1 }, (_, number) =>
		l1.at(number),
	)
	const finalizedL1 = Math.max(0, lastSource - FINALITY_LAG)
	const chains = Array.from({ length: shape.chains }, (_, index) => generateChain(shape, index, derived, l1))
	return {
		name: `generated-${shape.seed}`,
		description: `${shape.chains} synthetic chains of ${shape.blocks} blocks with ${shape.logsPerBlock} logs each on average`,
		l1ChainId: L1_CHAIN_ID,
		confirmationDepth: shape.confirmationDepth,
		dependencySet: {
			dependencies: Object.fromEntries(chains.map(({ chainId }) => [chainId.toString(), {}])),
		},
		l1: l1Blocks,
		finality: l1Blocks.slice(0, finalizedL1 + 1).map(({ block }) => ({
			t: (block.number + FINALITY_LAG) * shape.l1BlockTime * 1000,
			block: blockId(block),
		})),
		chains,
		heads: new Map(chains.map((chain) => [chain.chainId, expectedHeads(chain, derived, finalizedL1)])),
		finalizedL1: blockId(l1.ref(finalizedL1)),
	}
}

function generateChain(shape: ClusterShape, index: number, derived: number, l1: GeneratedL1): RecordedChain {
	const chainId: ChainId = chainIdFromBigint(BigInt(shape.firstChainId + index))
	const blocks = Array.from({ length: shape.blocks + 1 }, (_, number) => l2Block(shape, index, number, l1))
	const links: RecordedLink[] = []
	for (const { t, block } of blocks.slice(1, derived + 1)) {
		const source = l1.ref(l1Source(shape, block.number))
		links.push({
			t: Math.max(t, source.number * shape.l1BlockTime * 1000),
			source: blockId(source),
			derived: blockId(block),
		})
	}
	const receipts = new ReceiptsGenerator(shape, index)
	return {
		chainId,
		rollup: {
			genesis: {
				l1: blockId(l1.ref(0)),
				l2: { hash: l2Hash(shape, index, 0), number: 0 },
				l2_time: shape.genesisTime,
			},
			block_time: shape.blockTime,
			l1_chain_id: L1_CHAIN_ID,
			l2_chain_id: Number(chainId),
			interop_time: 0,
		},
		blocks,
		links,
		replacements: [],
		receipts: ({ block }) => receipts.generate(block),
	}
}

function l2Block(shape: ClusterShape, chain: number, number: number, l1: GeneratedL1): RecordedL2Block {
	const origin = l1Origin(shape, number)
	const firstOfOrigin = Math.ceil((origin * shape.l1BlockTime) / shape.blockTime)
	const hash = l2Hash(shape, chain, number)
	return {
		t: number * shape.blockTime * 1000,
		block: {
			hash,
			number,
			parentHash: number === 0 ? ZERO_HASH : l2Hash(shape, chain, number - 1),
			timestamp: l2Time(shape, number),
			l1origin: blockId(l1.ref(origin)),
			sequenceNumber: number - firstOfOrigin,
		},
		canonical: true,
		announced: number > 0,
		output: {
			stateRoot: fakeHash(shape, 'state', chain, number),
			messagePasserStorageRoot: fakeHash(shape, 'message passer', chain, 0),
			blockHash: hash,
		},
	}
}

function l2Hash(shape: ClusterShape, chain: number, number: number): Hash {
	return fakeHash(shape, 'l2', chain, number)
}

function fakeHash(shape: ClusterShape, kind: string, chain: number, number: number): Hash {
	return bytesToHash(keccak256(Buffer.from(`${shape.seed}/${kind}/${chain}/${number}`)))
}

function expectedHeads(chain: RecordedChain, derived: number, finalizedL1: number): RecordedHeads {
	const id = (number: number): BlockId => {
		const entry = chain.blocks[number]
		if (entry === undefined) throw new RangeError(`block ${number} was not generated`)
		return blockId(entry.block)
	}
	const source = chain.links.at(-1)?.source ?? chain.rollup.genesis.l1
	const safe = { derived: id(derived), source }
	const final = chain.links.findLast((link) => link.source.number <= finalizedL1)
	return {
		localUnsafe: id(chain.blocks.length - 1),
		crossUnsafe: id(chain.blocks.length - 1),
		localSafe: safe,
		crossSafe: safe,
		finalized: final?.derived ?? id(0),
	}
}
