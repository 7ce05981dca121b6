import type { Hash } from './hash.js'

/** Names a block of L1 or L2. Numbers are plain JSON numbers on the wire and never above 2^53 - 1. */
export interface BlockId {
	readonly hash: Hash
	readonly number: number
}

/** A block with its time, in seconds since 1970. */
export interface BlockSeal extends BlockId {
	readonly timestamp: number
}

/** A block of L1 or L2 with its place in the chain. */
export interface BlockRef extends BlockSeal {
	readonly parentHash: Hash
}

/** An L2 block with the L1 block that it names as its origin, and its place among the blocks of that origin. */
export interface L2BlockRef extends BlockRef {
	readonly l1origin: BlockId
	readonly sequenceNumber: number
}

/** L2 block `derived` was derived from L1 block `source` (and from those before it). */
export interface DerivedBlockRefPair {
	readonly source: BlockRef
	readonly derived: BlockRef
}

/** The same with times instead of whole refs. */
export interface DerivedBlockSealPair {
	readonly source: BlockSeal
	readonly derived: BlockSeal
}

export interface DerivedIdPair {
	readonly source: BlockId
	readonly derived: BlockId
}

/** A node replaced the block with hash `invalidated` by the deposits-only block `replacement`. */
export interface BlockReplacement {
	readonly replacement: BlockRef
	readonly invalidated: Hash
}

/** The parts of an output root of version 0. */
export interface OutputV0 {
	readonly stateRoot: Hash
	readonly messagePasserStorageRoot: Hash
	readonly blockHash: Hash
}

export function blockId(block: BlockId): BlockId {
	return { hash: block.hash, number: block.number }
}

export function sameBlock(a: BlockId, b: BlockId): boolean {
	return a.number === b.number && a.hash === b.hash
}

/** For logs and error messages: `#12 0x1234abcd`. */
export function formatBlock(block: BlockId): string {
	return `#${block.number} ${block.hash.slice(0, 10)}`
}
