import type { BlockRef } from '../../src/protocol/block.js'
import type { Hash } from '../../src/protocol/hash.js'

/** A recorded scenario: a small cluster, what was done to it step by step, and what the reference made of it. */
export interface Scenario {
	readonly id: string
	readonly config: {
		readonly messageExpiryWindow: number
		readonly chains: readonly ScenarioChain[]
	}
	/** Blocks of all L1 forks; numbers repeat. `l1` of an operation is an index into it. */
	readonly l1: readonly BlockRef[]
	/** By chain ID; the first is the anchor, alternatives and replacements come last. `block` is an index into it. */
	readonly chains: Readonly<Record<string, readonly ScenarioBlock[]>>
	readonly ops: readonly Operation[]
	readonly final: Readonly<Record<string, FinalState>>
}

export interface ScenarioChain {
	readonly id: string
	readonly blockTime: number
	readonly interopTime: number | null
	readonly genesisTime: number
}

export interface ScenarioBlock {
	readonly ref: BlockRef
	readonly logs: readonly ScenarioLog[]
}

export interface ScenarioLog {
	readonly logHash: Hash
	readonly execMsg?: {
		readonly chainID: string
		readonly blockNum: number
		readonly logIdx: number
		readonly timestamp: number
		readonly checksum: Hash
	}
}

export type OperationName =
	| 'init'
	| 'initUnsafe'
	| 'seal'
	| 'derive'
	| 'unsafe'
	| 'safe'
	| 'replace'
	| 'rewindLogs'
	| 'rewindLocalSafeSource'
	| 'rewindCrossSafeSource'

/** One step with its recorded outcome. Which fields are there depends on `op` (test/vectors/cross/README.md). */
export interface Operation extends Outcome {
	readonly op: OperationName
	readonly chain: string
	readonly invalidated?: number
	/** Outcomes that the reference gave in other runs from the same state. */
	readonly alts?: readonly string[]
}

/** What a step came to, in the terms of the recording: blocks as indices. */
export interface Outcome {
	readonly verdict?: string
	readonly action?: string
	readonly block?: number
	readonly l1?: number
	/** Cross-unsafe head afterwards. */
	readonly crossUnsafe?: number
	/** Scope and cross-safe head afterwards. */
	readonly crossSafe?: readonly [l1: number, block: number]
}

export type Entry = readonly [l1: number, block: number, ...rest: readonly number[]]

export interface FinalState {
	readonly crossUnsafe?: number
	readonly crossSafe: readonly Entry[]
}

/** How Vigil's rules stand to the recorded outcome of a scenario. */
export type Expectation =
	| { readonly id: string; readonly use: 'all' }
	| { readonly id: string; readonly use: 'skip'; readonly reason: string }
	| {
			readonly id: string
			readonly use: 'until'
			/** Index of the step whose outcome differs. */
			readonly op: number
			readonly kind: OperationName
			/** Names of the rules that explain it (docs/cross-safety.md). */
			readonly rules: readonly string[]
			/** The fields of the outcome that differ, as Vigil's rules give them. */
			readonly expected: Outcome
	  }
