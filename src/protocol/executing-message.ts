import type { ChainId } from './chain-id.js'
import type { Hash } from './hash.js'

/**
 * What an executing message says about the initiating message that it claims: a log of chain `chainId` in block
 * `blockNumber` of time `timestamp` at index `logIndex`, whose content is fixed by `checksum`
 * (shared protocol notes, "Messages"). Numbers are uint64 as the contract emits them, so they are bigint.
 */
export interface ExecutingMessage {
	readonly chainId: ChainId
	readonly blockNumber: bigint
	readonly timestamp: bigint
	readonly logIndex: number
	readonly checksum: Hash
}

/** An executing message with the index of the log that carries it. */
export interface ExecutingLog {
	readonly logIndex: number
	readonly message: ExecutingMessage
}

/** The logs of one block as they are indexed: hashes back to back in log order, and the executing messages. */
export interface BlockLogs {
	readonly logCount: number
	/** `32 * logCount` bytes. */
	readonly logHashes: Uint8Array
	/** Ascending by log index. */
	readonly executing: readonly ExecutingLog[]
}
