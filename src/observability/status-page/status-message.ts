import type { ChainReading, FollowerReading, HeadLevel, L1Reading, NodeReading } from '../cluster-reading.js'
import type { NotReady } from '../readiness.js'

/** What the status page shows of a block. */
export interface BlockStatus {
	readonly number: number
	/** Seconds since 1970. */
	readonly timestamp: number
}

/** What is counted of a chain, a second. */
export const RATES = ['blocks', 'logs', 'messages', 'bytes'] as const

export type Rate = (typeof RATES)[number]

export interface ChainStatus {
	/** Decimal. */
	readonly chain: string
	readonly heads: Readonly<Partial<Record<HeadLevel, BlockStatus>>>
	readonly derivationOrigin?: number
	/** Blocks that were found invalid and wait for a replacement. */
	readonly pendingInvalidations: number
	readonly dispute?: { readonly number: number; readonly hash: string; readonly other: string }
	/** Missing in a process that only reads, as are those below. */
	readonly stopped?: string
	readonly blocksBehind?: number
	readonly nodesReady?: number
}

export interface NodeStatus extends Pick<NodeReading, 'chain' | 'url' | 'state' | 'resets' | 'losses'> {
	readonly isResetting: boolean
	/** Why it is not ready. */
	readonly reason?: string
}

export interface FollowerStatus extends Pick<FollowerReading, 'chain' | 'url' | 'state'> {
	/** Blocks that it is behind, if that is known. */
	readonly lag?: number
}

/** Something that an operator wants to know of when it happens. */
export interface EventStatus {
	readonly kind: 'invalidation' | 'reset'
	/** Seconds since 1970. */
	readonly time: number
	/** Decimal; empty if the node has not told it yet. */
	readonly chain: string
	/** The block, or the node, in short. */
	readonly subject: string
	readonly reason: string
	/** Of an invalidation: whether it is replaced. */
	readonly isPending?: boolean
}

export interface L1Status extends Pick<L1Reading, 'isFollowed' | 'waiting'> {
	readonly tip?: BlockStatus
	readonly held?: string
}

/** The cluster as the status page shows it: no secrets, URLs as in the log. */
export interface ClusterStatus {
	readonly notReady: readonly NotReady[]
	readonly failsafe: boolean
	readonly chains: readonly ChainStatus[]
	readonly finalizedL1?: BlockStatus
	/** Newest first. */
	readonly events: readonly EventStatus[]
	readonly disk?: { readonly freeBytes: number; readonly sizeBytes: number }
	/** Missing in a process that only reads, as are those below. */
	readonly l1?: L1Status
	readonly nodes?: readonly NodeStatus[]
	/** Nodes that are given unsafe blocks. */
	readonly followers?: readonly FollowerStatus[]
	readonly writeFault?: string
	readonly promotions?: {
		readonly crossSafe: number
		readonly crossUnsafe: number
		readonly discarded: number
	}
}

/** One message of the stream that the status page listens to. */
export interface StatusMessage {
	/** When the cluster was read, in ms since 1970. */
	readonly time: number
	readonly version: string
	/** Missing while there is none to read. */
	readonly cluster?: ClusterStatus
	/** Why it could not be read. */
	readonly fault?: string
	/** Newest rates by chain, and how many there were before them. Missing until there are some. */
	readonly rates?: RatesMessage
}

export interface RatesMessage {
	readonly count: number
	readonly chains: Readonly<Record<ChainReading['chain'], Readonly<Record<Rate, number>>>>
}

/** The first message to a viewer: what the rates were, oldest first. */
export interface HistoryMessage {
	readonly intervalMs: number
	/** Number of rates before the first of these. */
	readonly first: number
	readonly rates: readonly RatesMessage['chains'][]
}
