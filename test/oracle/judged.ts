import type { BlockRef } from '../../src/protocol/block.js'
import type { ChainId } from '../../src/protocol/chain-id.js'
import type { Hash } from '../../src/protocol/hash.js'
import type { Content } from './content.js'

/** A block as messages, cycles and invariants need it. */
export interface JudgedBlock extends Content {
	readonly chain: JudgedChain<JudgedBlock>
	readonly ref: BlockRef
	/** For people. */
	readonly name: string
}

export interface JudgedChain<B extends JudgedBlock> {
	readonly chainId: ChainId
	/** For people. */
	readonly letter: string
	readonly blockTime: number
	readonly interopTime: number
	/** The first block of its log index. */
	readonly anchor: B
}

/** A made-up cluster of which every block is known. */
export interface JudgedWorld<B extends JudgedBlock> {
	readonly chains: readonly JudgedChain<B>[]
	/** Seconds for which a message can be executed. */
	readonly expiryWindow: number
	/** @throws RangeError if no such block was ever made. */
	block(hash: Hash): B
}
