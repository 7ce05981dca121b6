import type { LogSettings } from '../observability/log.js'
import type { BlockRef } from '../protocol/block.js'
import type { CountsReport } from './gateway-counts.js'

/** What the gateway's thread is started with. */
export interface GatewayWorkerData {
	readonly addr: string
	/** 0 takes any free port. */
	readonly port: number
	readonly l1Urls: readonly string[]
	readonly beaconUrls: readonly string[]
	/** Of each request to L1. */
	readonly requestTimeoutMs: number
	readonly trustRpc: boolean
	/** L1's chain ID, if the configuration names it. */
	readonly chainId?: bigint
	readonly directory: string
	readonly cacheBytes: number
	readonly version: string
	readonly log: LogSettings
	/** Where the thread writes down its figures (ThreadFigures), if anybody wants them. */
	readonly figures?: SharedArrayBuffer
}

/** What has changed in the one view of L1; the first one to a thread is all of it. */
export interface ViewChange {
	readonly kind: 'view'
	readonly tip?: BlockRef
	readonly finalized?: BlockRef
	/** Set after a reorg: blocks above this number are void, but for those in `blocks`. */
	readonly cutAbove?: number
	/** Blocks that joined, on the way to the tip. */
	readonly blocks: readonly BlockRef[]
	/** Why L1 is not followed now; null: it is. */
	readonly held: string | null
}

/** The answer to `BlockAtRequest`. */
export interface BlockAtAnswer {
	readonly kind: 'block-at'
	readonly id: number
	/** Undefined: there is none. */
	readonly block?: BlockRef
	/** L1 could not be asked. */
	readonly error?: string
}

/** What main tells the thread. */
export type ToGateway = ViewChange | BlockAtAnswer | { readonly kind: 'close' }

/** Asks main for a block of its view that is older than what it told. */
export interface BlockAtRequest {
	readonly kind: 'block-at'
	readonly id: number
	readonly number: number
}

/** What the thread tells main. */
export type FromGateway =
	| BlockAtRequest
	| { readonly kind: 'listening'; readonly addr: string; readonly port: number }
	| { readonly kind: 'not-listening'; readonly error: string }
	| { readonly kind: 'counts'; readonly counts: CountsReport }
