import type { Logger } from 'pino'
import type { BlockId, BlockRef } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import type { IndexedBlock, IndexFailure, IndexResult, IndexTask } from './index-task.js'

/** The canonical chain as the indexer needs it. */
export interface SealStore {
	canonical(chainId: ChainId, number: number): BlockRef | undefined
	/** Between the anchor and this block retention has removed all. */
	firstKept(chainId: ChainId): BlockRef | undefined
	seal(chainId: ChainId, run: readonly IndexedBlock[]): Promise<void>
	cutCanonical(chainId: ChainId, to: BlockId): Promise<void>
}

/** The node from which a chain is read now. */
export interface IndexNode {
	/** Where index workers dial it; never shown. */
	readonly address: string
	/** How it is named in messages. */
	readonly url: string
	refByNumber(number: number): Promise<BlockRef | undefined>
}

export interface ChainIndexerModules {
	/** Names the chain in its lines. */
	readonly log: Logger
	readonly store: SealStore
	readonly pool: {
		lanes(chainId: ChainId): number
		index(task: IndexTask, lane: number): Promise<IndexResult>
		cancel(chainId: ChainId): Promise<void>
	}
	/**
	 * Undefined while no node of the chain is connected. After `failures` failures in a row another node may do
	 * better.
	 */
	readonly node: (failures: number) => IndexNode | undefined
	/** Whether another node of the chain than this one has a block. */
	readonly hasElsewhere: (block: BlockId, node: IndexNode) => Promise<boolean>
	/** Hash that a block must have because it is already derived from L1, if it is. */
	readonly derivedHash: (number: number) => string | undefined
}

export interface ChainIndexerEvents {
	/** A run of blocks became canonical. */
	sealed: [head: BlockRef, run: readonly IndexedBlock[], receiptBytes: number]
	/** The canonical chain was cut back to `common`. */
	reorg: [common: BlockRef, old: BlockRef]
	/** A node's blocks contradict what is derived from L1. */
	strayed: [node: IndexNode]
	/** A range fails again and again, or (undefined) goes on after it did. */
	stalled: [failure: IndexFailure | undefined]
	/** Indexing of this chain has ended for good. */
	stopped: [error: Error]
}
