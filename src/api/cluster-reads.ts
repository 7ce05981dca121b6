import type { BlockId, BlockRef, OutputV0 } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import type { Hash } from '../protocol/hash.js'
import type { SafetyLevel } from '../protocol/safety-level.js'

/** A level that blocks can have. `safe` is cross-safe. */
export type ReadLevel = Exclude<SafetyLevel, 'invalid'>

/** Which cut is wanted (docs/cluster-reads.md): the newest one of a level, or the one at an L1 block or at a time. */
export interface CutSelector {
	readonly level: ReadLevel
	/** Not for levels without an L1 block. With a hash it must be that very block. */
	readonly l1?: { readonly number: number; readonly hash?: Hash } | undefined
	/** Seconds since 1970. */
	readonly timestamp?: number | undefined
}

/** One block of every chain, which fit each other. */
export interface Cut {
	readonly level: ReadLevel
	/** The L1 block at which it is; undefined for levels that have none. */
	readonly l1: BlockRef | undefined
	/** Up to this time, in seconds since 1970, it holds every block of every chain. */
	readonly timestamp: number
	/** Ascending by chain. */
	readonly chains: ReadonlyMap<ChainId, BlockRef>
}

/** A read of every chain at the blocks of one cut. */
export interface ClusterCall {
	readonly method: string
	readonly params: readonly unknown[]
	readonly at: CutSelector
	/** All chains without it. */
	readonly chains?: readonly ChainId[] | undefined
	/** A chain that fails is an error of the whole call. */
	readonly isStrict: boolean
}

/** What became of a chain's read. */
export type ChainAnswer =
	| { readonly result: unknown }
	| { readonly error: { readonly code: number; readonly message: string; readonly data?: unknown } }

export interface ClusterAnswer {
	readonly cut: Cut
	readonly chains: ReadonlyMap<ChainId, ChainAnswer>
}

/** The outputs of all chains at one time, and what they are hashed to. */
export interface ClusterOutputs {
	readonly cut: Cut
	readonly superRoot: Hash
	readonly outputs: ReadonlyMap<ChainId, { readonly output: OutputV0; readonly outputRoot: Hash }>
}

/** How a cut is named in notices. */
export interface CutId {
	readonly l1: BlockId | undefined
	readonly timestamp: number
}

/** What subscribers hear of a level: a new cut, or that cuts that they were told do not hold any more. */
export type CutNews =
	| { readonly kind: 'cut'; readonly cut: Cut }
	| {
			readonly kind: 'reorg'
			readonly level: ReadLevel
			/** The last cut that was told. */
			readonly dropped: CutId
			/** The newest one of before that still holds; undefined if none is known. */
			readonly common: CutId | undefined
	  }

/** Reads of all chains that never mix two states of the cluster. Errors are those of `src/protocol/errors.ts`. */
export interface ClusterReads {
	/** @throws FutureDataError, SkippedDataError, ConflictError naming the chain that has no block there */
	cut(selector: CutSelector): Cut
	/**
	 * @throws as `cut` does; InvalidatedReadError if the chains did not stand still, ClusterCallError if a chain fails
	 * and the call is strict
	 */
	call(call: ClusterCall): Promise<ClusterAnswer>
	/** @throws as `cut` does; InvalidatedReadError, OutputUnavailableError */
	outputs(timestamp: number): Promise<ClusterOutputs>
	/** What is new of a level. @param told the cuts that were told last, in order */
	news(level: ReadLevel, told: readonly Cut[]): readonly CutNews[]
}
