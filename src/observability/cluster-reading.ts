import type { Hash } from '../protocol/hash.js'

/** The levels of heads as metrics name them, weakest first. */
export const HEAD_LEVELS = ['local-unsafe', 'cross-unsafe', 'local-safe', 'cross-safe', 'finalized'] as const

export type HeadLevel = (typeof HEAD_LEVELS)[number]

/** A block as metrics show it. */
export interface BlockReading {
	readonly number: number
	readonly hash: Hash
	/** Seconds since 1970. */
	readonly timestamp: number
}

/** A block that was found invalid. */
export interface InvalidationReading {
	readonly block: Pick<BlockReading, 'number' | 'hash'>
	/** The rule that it broke, in words. */
	readonly reason: string
	/** The block in its place; undefined while the chain waits for it. */
	readonly replacement: Hash | undefined
	/** Seconds since 1970 at which it was found. */
	readonly time: number
}

/** A local-safe block of which the nodes of a chain do not agree. */
export interface DisputeReading {
	readonly block: Pick<BlockReading, 'number' | 'hash'>
	/** What another node has derived in its place. */
	readonly other: Hash
}

/** A chain as the store has it. */
export interface ChainReading {
	/** Decimal. */
	readonly chain: string
	/** A level that is not known is left out. */
	readonly heads: Readonly<Partial<Record<HeadLevel, BlockReading>>>
	/** The L1 block to which the node of the chain has moved last. */
	readonly derivationOrigin: number | undefined
	/** What nodes of the chain disagree on; nothing is promoted meanwhile. */
	readonly dispute: DisputeReading | undefined
	/** Blocks that were found invalid: those that wait for a replacement, and those that have one. */
	readonly invalidated: { readonly pending: number; readonly replaced: number }
	/** The last few of them, newest first. */
	readonly lastInvalidated: readonly InvalidationReading[]
	/** From this block on all are there: the first one of the chain, or the first that retention has kept. */
	readonly firstKept: BlockReading | undefined
	/** Rows by kind, as op-supervisor calls them. */
	readonly rows: { readonly log: number; readonly local_derived: number; readonly cross_derived: number }
}

/** A chain as the supervising process has it. */
export interface ChainWork {
	readonly chain: string
	/** Why it waits for an operator. */
	readonly stopped: string | undefined
	/** Announced blocks that are not indexed yet. */
	readonly blocksBehind: number
	/** Ranges that index workers have, or that wait to be sealed. */
	readonly rangesInFlight: number
	/** Events of its nodes that wait. */
	readonly eventsQueued: number
	/** Links that wait for the disk. */
	readonly linksQueued: number
	readonly nodesReady: number
	/** Execution nodes that can be asked. */
	readonly executionNodesReady: number
}

/** A reset of a node. */
export interface ResetReading {
	/** Seconds since 1970 at which it was started. */
	readonly time: number
	readonly reason: string
}

/** A managed node. */
export interface NodeReading {
	/** Decimal; empty until the node has told it. */
	readonly chain: string
	/** Without credentials. */
	readonly url: string
	readonly state: 'starting' | 'ready' | 'down' | 'refused' | 'closed'
	/** Why it is not ready, if it was refused or lost. */
	readonly reason: string | undefined
	readonly isResetting: boolean
	/** Resets that were started. */
	readonly resets: number
	/** The last few of them, newest first. */
	readonly lastResets: readonly ResetReading[]
	/** Resets that the node refused, by reason. */
	readonly refusedResets: ReadonlyMap<string, number>
	/** Events that it told, by kind. */
	readonly events: ReadonlyMap<string, number>
	/** How often it was lost after it had been ready. */
	readonly losses: number
}

/** A node that is given unsafe blocks. */
export interface FollowerReading {
	/** Decimal; empty while it is not known. */
	readonly chain: string
	/** Without credentials. */
	readonly url: string
	readonly state: 'starting' | 'following' | 'waiting' | 'down'
	/** Blocks that it is behind; undefined while that is not known. */
	readonly lag: number | undefined
}

/** L1 as the supervising process follows it. */
export interface L1Reading {
	readonly tip: BlockReading | undefined
	/** It answers at the moment. */
	readonly isFollowed: boolean
	/** Why no L1 block is given to nodes, if L1 contradicts what is stored. */
	readonly held: string | undefined
	/** Nodes that wait for their next L1 block. */
	readonly waiting: number
}

/** One LMDB environment. */
export interface EnvironmentReading {
	/** `meta`, or `logs-` and the chain ID. */
	readonly environment: string
	readonly usedBytes: number
	/** Address space; it grows by itself. */
	readonly mapBytes: number
	/** Slots of readers that are in use, of all threads and processes. */
	readonly readers: number
	readonly maxReaders: number
}

/** The store: in the process that writes it, and in those that read it. */
export interface StoreReading {
	readonly chains: readonly ChainReading[]
	readonly finalizedL1: BlockReading | undefined
	readonly failsafe: boolean
	/** Cuts so far; kept over restarts. */
	readonly generation: number
	readonly environments: readonly EnvironmentReading[]
	readonly openSnapshots: number
	/** Of the file system of the data directory. */
	readonly disk: { readonly freeBytes: number; readonly sizeBytes: number } | undefined
}

/** Everything that only the supervising process has. */
export interface WorkReading {
	readonly chains: readonly ChainWork[]
	readonly nodes: readonly NodeReading[]
	/** Nodes that are given unsafe blocks. */
	readonly followers: readonly FollowerReading[]
	readonly l1: L1Reading
	/** Tasks that each index worker has in hand. */
	readonly indexTasks: readonly number[]
	/** Why nothing can be written, if so. */
	readonly writeFault: string | undefined
	readonly writeFailures: number
	/** Of cross-safety, since the start. */
	readonly promotions: {
		readonly rounds: number
		readonly discarded: number
		readonly crossSafe: number
		readonly crossUnsafe: number
	}
}

/** How a cluster is at one moment, for metrics and readiness. */
export interface ClusterReading {
	readonly store: StoreReading
	/** Missing in a process that only reads. */
	readonly work?: WorkReading
}

/** What can be asked how the cluster is. */
export interface ReadCluster {
	read(): ClusterReading
}
