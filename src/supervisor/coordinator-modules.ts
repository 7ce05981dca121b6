import type { Logger } from 'pino'
import type { IndexedBlock } from '../indexing/index-task.js'
import type { ChainIndexerModules, SealStore } from '../indexing/indexer-modules.js'
import type { BlockId, BlockRef, DerivedBlockRefPair } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import type { InvalidBlock } from '../safety/promotion-round.js'
import type { DisputedBlock, InvalidatedBlock, LinkBatch, SealedBlock } from '../storage/index.js'
import type { L1View } from './l1-view.js'
import type { NodeSession } from './node-session.js'

/** The store as one chain's coordinator needs it. */
export interface ChainStore extends SealStore {
	/** First and last block of the log index. */
	anchor(chainId: ChainId): BlockRef | undefined
	head(chainId: ChainId): BlockRef | undefined
	localSafeBlock(chainId: ChainId, number: number): BlockRef | undefined
	/** The L1 block from which that block is derived. */
	localSafeSource(chainId: ChainId, number: number): number | undefined
	lastLink(chainId: ChainId): DerivedBlockRefPair | undefined
	startChain(chainId: ChainId, anchor: BlockRef): Promise<void>
	appendLinks(chainId: ChainId, batch: LinkBatch): Promise<void>
	pendingInvalidation(chainId: ChainId): BlockRef | undefined
	/** What is known of a block that was found invalid. */
	invalidated(chainId: ChainId, block: BlockId): InvalidatedBlock | undefined
	disputed(chainId: ChainId): DisputedBlock | undefined
	setDisputed(chainId: ChainId, disputed: DisputedBlock | undefined): Promise<void>
	/** @throws ConflictError below the cross-safe head */
	cutLocalSafe(chainId: ChainId, to: number): Promise<void>
	/** False if the cluster's generation is another by now. Durable when it resolves. */
	invalidate(invalid: InvalidBlock, generation: number): Promise<boolean>
	replace(chainId: ChainId, replacement: SealedBlock): Promise<void>
}

export interface CoordinatorModules {
	readonly log: Logger
	readonly l1: L1View
	readonly pool: ChainIndexerModules['pool']
	readonly store: ChainStore
	/** Tells a node the heads that it can take. */
	readonly tell: (node: NodeSession) => void
	/** The L1 block of that number as L1 has it now. */
	readonly freshL1: (number: number) => Promise<BlockRef | undefined>
}

export interface CoordinatorEvents {
	sealed: [head: BlockRef, run: readonly IndexedBlock[], receiptBytes: number]
	localSafe: [link: DerivedBlockRefPair]
	/** The local-unsafe chain was cut back to `common`. */
	reorg: [common: BlockRef, old: BlockRef]
	/** A block was found invalid, and its marker is written. */
	invalidated: [block: BlockRef]
	/** A block was invalidated or replaced, or a dispute began or ended. */
	changed: []
	/** A node derives from another L1 than the cluster's. */
	suspectL1: []
	stopped: [error: Error]
}
