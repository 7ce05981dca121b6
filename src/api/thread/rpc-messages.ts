import type { ClusterConfig } from '../../config/cluster-config.js'
import type { LogSettings } from '../../observability/log.js'
import type { ReadinessAnswer } from '../../observability/readiness-answer.js'
import type { RpcServerOptions } from '../rpc-server.js'
import type { RpcCountsReport } from './rpc-counts.js'

/** What an RPC thread serves. */
export interface RpcThreadData {
	readonly server: RpcServerOptions
	readonly cluster: ClusterConfig
	/** The data directory, which the thread reads by itself. */
	readonly directory: string
	readonly version: string
	readonly log: LogSettings
	/** Serves snapshots of the data directory that are at most this old, in milliseconds. */
	readonly snapshotMaxAgeMs?: number
	/** Where the thread writes down its figures (ThreadFigures); left out, nobody wants them, nor its counts. */
	readonly figures?: SharedArrayBuffer
}

/** What only the main thread can answer: what nodes say, what changes the cluster, and how the supervisor is. */
export type MainQuestion =
	| {
			readonly kind: 'call'
			readonly method: string
			/** JSON text: what is nested deeply is lost on the way to a thread with a smaller stack. */
			readonly params: string
			readonly client: string
			readonly isAdmin: boolean
	  }
	| { readonly kind: 'readiness' }

/** The result of a call as JSON text, or the error that the caller sees. */
export type CallAnswer =
	| { readonly result: string }
	| { readonly error: { readonly code: number; readonly message: string } }

export type MainAnswer = CallAnswer | ReadinessAnswer

/** What main tells the thread. */
export type ToRpcThread =
	/** The store is there. */
	| { readonly kind: 'serve'; readonly data: RpcThreadData }
	| { readonly kind: 'answer'; readonly id: number; readonly answer: MainAnswer }
	| { readonly kind: 'close' }

/** What the thread tells main. */
export type FromRpcThread =
	| { readonly kind: 'question'; readonly id: number; readonly question: MainQuestion }
	| { readonly kind: 'listening'; readonly addr: string; readonly port: number }
	| { readonly kind: 'not-listening'; readonly error: string }
	| { readonly kind: 'counts'; readonly counts: RpcCountsReport }
