import type { Logger } from 'pino'
import type { RollupConfig } from '../config/rollup-config.js'
import type { BlockId, BlockRef, BlockReplacement, DerivedBlockRefPair } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import type { Hash } from '../protocol/hash.js'
import type { InvalidatedBlock } from '../storage/index.js'
import type { Dispute } from './dispute.js'
import type { L1View } from './l1-view.js'
import type { LinkWriter } from './link-writer.js'
import type { NodeSession } from './node-session.js'

/** What the handlers of a chain's events work on. */
export interface ChainContext {
	readonly chainId: ChainId
	readonly rollup: RollupConfig
	readonly log: Logger
	readonly l1: L1View
	readonly links: LinkWriter
	/** Newest local-safe link, stored or on its way; undefined until the first. */
	last: DerivedBlockRefPair | undefined
	/** First block of the log index; undefined before interop is active. */
	readonly anchor: BlockRef | undefined
	/** Between the anchor and this block retention has removed all. */
	readonly firstKept: BlockRef | undefined
	/** Sets the first block of the log index. */
	begin(anchor: BlockRef): Promise<void>
	/** The node has this L2 block: index up to it. */
	index(block: BlockRef, node: NodeSession): void
	/** What is known of a block that was found invalid within the present L1. */
	invalidated(block: BlockId): InvalidatedBlock | undefined
	/** Tells the node the heads that it can take. */
	tell(node: NodeSession): void
	/** Compares the node's blocks with the chain, and does what follows from it. */
	meet(node: NodeSession): void
	/** What the nodes of the chain do not agree on. */
	readonly dispute: Dispute
	/** The L1 block of that number as L1 has it now. Rejects if L1 does not answer. */
	freshL1(number: number): Promise<BlockRef | undefined>
	/** Hash of the local-safe block of that number, if there is one. */
	localSafeHash(number: number): Hash | undefined
	/** The invalid block that waits for its replacement; the chain takes no links meanwhile. */
	readonly awaited: BlockRef | undefined
	/** Puts the replacement of the awaited block into its place. */
	replace(node: NodeSession, replaced: BlockReplacement): Promise<void>
	/** A node derives from an L1 block that is not on the cluster's L1: perhaps our view of L1 is old. */
	suspectL1(): void
}
