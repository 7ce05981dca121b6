import type { Hash } from '../../src/protocol/hash.js'
import type { Entry, Scenario } from '../scenarios/scenario.js'

/** A cluster in the state in which the reference was asked. */
export interface RecordedStore extends Pick<Scenario, 'id' | 'config' | 'l1' | 'chains'> {
	readonly state: Readonly<Record<string, ChainRecord>>
	/** Index of the finalized L1 block. */
	readonly finalizedL1: number | null
	readonly failsafe: boolean
}

/** Blocks are indices into the chain's array, `l1` into that of L1 blocks. */
export interface ChainRecord {
	readonly localUnsafe?: number
	readonly crossUnsafe?: number
	/** `[l1, block, revision, invalidated]`; an invalidated one can only be the last: the marker. */
	readonly localSafe: readonly Entry[]
	readonly crossSafe: readonly Entry[]
}

export interface RecordedError {
	readonly class?: string
	readonly code?: number
	readonly message: string
}

export type Query = {
	readonly id: string
	readonly store: string
	readonly error?: RecordedError
} & (ContainsQuery | AccessQuery | RpcQuery)

export interface ContainsQuery {
	readonly type: 'contains'
	readonly chainID: string
	readonly query: {
		readonly blockNum: string
		readonly timestamp: string
		readonly logIdx: number
		readonly checksum: Hash
	}
	readonly result?: { readonly hash: Hash; readonly number: number; readonly timestamp: number }
}

export interface AccessQuery {
	readonly type: 'checkAccessList'
	readonly inboxEntries: readonly Hash[]
	readonly minSafety: string
	readonly executingDescriptor: unknown
	readonly ok?: true
}

export interface RpcQuery {
	readonly type: 'rpc'
	readonly method: string
	readonly params: readonly unknown[]
	readonly result?: unknown
}
