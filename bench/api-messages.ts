import type { ClusterConfig } from '../src/config/cluster-config.js'

/** From the bench to the process that asks. */
export interface LoadRequest {
	/** Of one server or of several, over which the connections are spread. */
	readonly ports: readonly number[]
	readonly bodies: readonly string[]
	readonly connections: number
	readonly ms: number
}

/** Its answer. */
export interface LoadResult {
	readonly calls: number
	/** With those of the warm-up, for what the servers spent on all of it. */
	readonly allCalls: number
	/** Calls that were answered with an error. */
	readonly refused: number
	readonly perSecond: number
	readonly p50Ms: number
	readonly p99Ms: number
}

/** From the bench to a reader process. */
export type ReaderRequest =
	| { readonly kind: 'start'; readonly cluster: ClusterConfig; readonly directory: string }
	| { readonly kind: 'cpu' }

/** Its port, or its CPU time so far in milliseconds. */
export type ReaderAnswer = number
