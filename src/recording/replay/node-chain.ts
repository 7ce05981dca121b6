import type { ChainId } from '../../protocol/chain-id.js'
import type { Hash } from '../../protocol/hash.js'
import type { RecordedChain, RecordedHeads, RecordedL2Block, RecordedRollup } from '../recording.js'
import { type DerivationPosition, RecordedDerivation } from './derivation.js'

/** What there is to know of one chain for a node: what its engine builds and what it derives. */
export interface NodeChain {
	readonly chainId: ChainId
	readonly rollup: RecordedRollup
	readonly genesis: RecordedL2Block
	/** Where a node stands that is not fresh. */
	readonly start?: RecordedChain['start']
	/** The last L1 block of which it is known what is derived from it; infinite if all are. */
	readonly lastSource: number
	/** A block that was or will be built, on whatever branch. */
	block(hash: string): RecordedL2Block | undefined
	/** What L1 block `source` yields on top of L2 block `derived`. */
	derive(at: DerivationPosition): RecordedL2Block | undefined
	/** What the engine builds in the place of an invalid block. */
	replacement(invalidated: Hash): RecordedL2Block | undefined
	isReplacement(hash: Hash): boolean
	/** The receipts' JSON array as it goes over the wire. */
	receipts(entry: RecordedL2Block): Buffer
}

/** @throws RangeError if the recording lacks the chain's genesis block. */
export function recordedNodeChain(chain: RecordedChain, heads: RecordedHeads): NodeChain {
	const blocks = new Map<string, RecordedL2Block>(chain.blocks.map((entry) => [entry.block.hash, entry]))
	const genesis = blocks.get(chain.rollup.genesis.l2.hash)
	if (genesis === undefined)
		throw new RangeError(`the recording of chain ${chain.chainId} lacks the genesis block`)
	const derivation = new RecordedDerivation(chain)
	const replacements = new Map(
		chain.replacements.map(({ invalidated, replacement }) => [invalidated.hash, replacement.hash]),
	)
	const replacing = new Set(replacements.values())
	return {
		chainId: chain.chainId,
		rollup: chain.rollup,
		genesis,
		...(chain.start === undefined ? {} : { start: chain.start }),
		lastSource: heads.localSafe?.source.number ?? Number.POSITIVE_INFINITY,
		block: (hash) => blocks.get(hash),
		derive: (at) => derivation.next(at),
		replacement: (invalidated) => blocks.get(replacements.get(invalidated) ?? ''),
		isReplacement: (hash) => replacing.has(hash),
		receipts: (entry) => chain.receipts(entry),
	}
}
