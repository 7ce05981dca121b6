import type { BlockId, BlockRef } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import type { ExecutingLog } from '../protocol/executing-message.js'

/** A block of the local-safe chain, with the first L1 block at which it is canonical. */
export interface DerivedBlock extends BlockRef {
	readonly source: number
}

/** A cross-safe block with its L1 scope. */
export interface ScopedBlock extends BlockId {
	readonly scope: number
}

/**
 * What the rules read, of one state of the cluster (a snapshot, or a write in progress). Nothing else reaches
 * them: no store, no clock, no network.
 */
export interface SafetyView {
	readonly chainIds: readonly ChainId[]
	/** First block of the chain: genesis or activation block. */
	anchor(chainId: ChainId): BlockRef | undefined
	/** From this block on all blocks are there: the anchor, or the first one that retention has kept. */
	firstKept(chainId: ChainId): BlockRef | undefined
	/** The log index: block by number, and its head. */
	canonical(chainId: ChainId, number: number): BlockRef | undefined
	localUnsafe(chainId: ChainId): BlockRef | undefined
	/** By content: also of blocks that are not in the log index any more. */
	executingMessages(chainId: ChainId, block: BlockId): readonly ExecutingLog[]
	/** 32 bytes, or undefined if the block has fewer logs. */
	logHash(chainId: ChainId, block: BlockId, logIndex: number): Uint8Array | undefined
	/** canon(n) of the rules. */
	localSafe(chainId: ChainId, number: number): DerivedBlock | undefined
	/** Defined if local-safe of the chain knows this L1 block. */
	source(chainId: ChainId, l1Number: number): object | undefined
	/** The marker: a block that was invalidated and is not replaced yet. */
	pendingInvalidation(chainId: ChainId): { readonly block: BlockId } | undefined
	/** Defined while the chain's nodes do not agree on a local-safe block: nothing of the chain is promoted then. */
	disputed(chainId: ChainId): { readonly block: BlockId } | undefined
	/** The newest entry: last block and newest scope. */
	crossSafeHead(chainId: ChainId): ScopedBlock | undefined
	/** A settled block with xsource, the first scope at which it stands. */
	crossSafe(chainId: ChainId, number: number): ScopedBlock | undefined
	crossUnsafe(chainId: ChainId): BlockId | undefined
}
