import type { LogSettings } from '../observability/log.js'
import type { BlockRef } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'

/** What the main thread asks of an index worker. Messages between threads are plain data. */
export type IndexRequest =
	| { readonly kind: 'index'; readonly task: IndexTask }
	| { readonly kind: 'cancel'; readonly chainId: ChainId }
	| { readonly kind: 'node'; readonly address: string; readonly jwtSecret: Uint8Array }
	| { readonly kind: 'close' }

/** Index blocks `from` to `to` (both included) of one chain. */
export interface IndexTask {
	readonly chainId: ChainId
	readonly nodeAddress: string
	readonly from: number
	readonly to: number
	/** Blocks of the range that nodes have told of, ascending: they need not be asked for by number. */
	readonly announced: readonly BlockRef[]
}

/** A block whose log record is committed, ready to be sealed. */
export interface IndexedBlock extends BlockRef {
	readonly logCount: number
	readonly executingCount: number
}

/**
 * Outcome of a task: the blocks from `from` on that are committed, without holes and each on its parent, and why
 * it ended early if it did. Nothing that was done is thrown away because a later block failed.
 */
export interface IndexResult {
	readonly from: number
	readonly blocks: readonly IndexedBlock[]
	readonly failure?: IndexFailure
	readonly timings: IndexTimings
}

export interface IndexFailure {
	/**
	 * `cancelled`: main asked for it. `not-found`: the node does not have the block (any more). `broken-run`: the
	 * node's blocks do not build on one another (it reorganised meanwhile). `storage`: the log record could not be
	 * written. `node`: everything else that the node did or failed to do.
	 */
	readonly kind: 'cancelled' | 'not-found' | 'broken-run' | 'storage' | 'node'
	/** Class of the error behind it. */
	readonly name: string
	readonly message: string
	readonly blockNumber: number
}

/** Where a task's time went, in milliseconds, and what went through it. */
export interface IndexTimings {
	readonly totalMs: number
	/** Waits for answers, summed over the blocks, which overlap. */
	readonly fetchMs: number
	readonly decodeMs: number
	readonly packMs: number
	readonly writeMs: number
	readonly receiptBytes: number
}

/** Of no task, or of one that was lost. */
export const NO_TIMINGS: IndexTimings = {
	totalMs: 0,
	fetchMs: 0,
	decodeMs: 0,
	packMs: 0,
	writeMs: 0,
	receiptBytes: 0,
}

/** Options that every index worker is started with. */
export interface IndexWorkerData {
	readonly directory: string
	readonly mapSizeBytes?: number
	/** Secret of each node, by its address. */
	readonly jwtSecrets: ReadonlyMap<string, Uint8Array>
	readonly verifyBlooms: boolean
	/** Of the EarlyChannel to the cross-safety thread. */
	readonly earlyChannel?: string
	/** Where the thread writes down its figures (ThreadFigures), if anybody wants them. */
	readonly figures?: SharedArrayBuffer
	/** Workers write their own log lines, in the form of main's. */
	readonly log: LogSettings
}
