import type { Logger } from 'pino'
import type { ClusterConfig } from '../config/cluster-config.js'
import type { GatewaySettings } from '../gateway/gateway-thread.js'
import type { IndexedBlock } from '../indexing/index-task.js'
import type { LogSettings } from '../observability/log.js'
import type { Metrics } from '../observability/metrics/metrics.js'
import type { BlockRef, DerivedBlockRefPair } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import type { NodeAddress } from './operator.js'
import type { RetentionOptions } from './retention.js'

export interface SupervisorOptions {
	readonly cluster: ClusterConfig
	readonly l1Urls: readonly string[]
	/** Managed nodes of all chains, in any order. A node tells which chain it is of. */
	readonly nodes: readonly NodeAddress[]
	/** Execution nodes of all chains, in any order. */
	readonly executionNodes?: readonly string[]
	/** Ordinary RPC of op-nodes that are given unsafe blocks, of all chains in any order. */
	readonly unsafeRoutingNodes?: readonly string[]
	readonly directory: string
	readonly confirmationDepth: number
	readonly indexThreads: number
	readonly verifyBlooms: boolean
	readonly workerLog: LogSettings
	/** Refuse access lists from the start on. False leaves the failsafe as the store has it. */
	readonly failsafeEnabled?: boolean
	/** Refuse access lists after an invalidation, until an operator turns that off. */
	readonly failsafeOnInvalidation?: boolean
	readonly l1PollIntervalMs?: number
	/** As `l1PollIntervalMs` if that is given alone. */
	readonly l1FinalizedPollIntervalMs?: number
	readonly l1RequestTimeoutMs?: number
	/** Seconds of blocks that are kept, and how fast others are removed; left out: all are kept. */
	readonly retention?: RetentionOptions
	/** How long a node may be silent before it is given its next L1 block again. */
	readonly silenceMs?: number
	/** L1 for the nodes; left out, none is served. */
	readonly l1Gateway?: GatewaySettings
}

export interface SupervisorEvents {
	sealed: [chainId: ChainId, head: BlockRef, run: readonly IndexedBlock[], receiptBytes: number]
	localSafe: [chainId: ChainId, link: DerivedBlockRefPair]
	/** Cross-unsafe or cross-safe heads of these chains moved. */
	promoted: [chainIds: readonly ChainId[]]
	finalized: [l1: BlockRef]
	/** A chain needs an operator; the others go on. */
	chainStopped: [chainId: ChainId, error: Error]
}

export interface SupervisorModules {
	readonly log: Logger
	/** Left out, nothing is counted. */
	readonly metrics?: Metrics
}

/** The times of the L1 feed, as far as they are given. */
export function l1Times(options: SupervisorOptions) {
	const { l1PollIntervalMs, l1FinalizedPollIntervalMs = l1PollIntervalMs, l1RequestTimeoutMs } = options
	return {
		...(l1PollIntervalMs === undefined ? {} : { pollIntervalMs: l1PollIntervalMs }),
		...(l1FinalizedPollIntervalMs === undefined
			? {}
			: { finalizedPollIntervalMs: l1FinalizedPollIntervalMs }),
		...(l1RequestTimeoutMs === undefined ? {} : { requestTimeoutMs: l1RequestTimeoutMs }),
	}
}
