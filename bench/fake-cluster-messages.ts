import type { ClusterConfig } from '../src/config/cluster-config.js'
import type { ChainId } from '../src/protocol/chain-id.js'
import type { RecordedHeads } from '../src/recording/recording.js'
import type { ReplayPace } from '../src/recording/replay/pace.js'

/** What the fake nodes serve. Sent once, with the start of their process. */
export type FakeClusterSource =
	| { readonly kind: 'generated'; readonly chains: number; readonly blocks: number; readonly logs: number }
	| { readonly kind: 'recording'; readonly file: string }

export interface ReplayRequest {
	readonly pace: ReplayPace
	readonly latencyMs: number
}

/** From the bench to the process of the fake nodes. */
export type FakeClusterRequest =
	| { readonly kind: 'load'; readonly source: FakeClusterSource }
	/** Serve everything anew, from the start. */
	| ({ readonly kind: 'replay' } & ReplayRequest)
	| { readonly kind: 'news' }
	| { readonly kind: 'cpu' }

/** The answer to `load`. */
export interface LoadedCluster {
	readonly name: string
	readonly cluster: ClusterConfig
	readonly confirmationDepth: number
	/** Of all chains together, above genesis. */
	readonly blocks: number
	/** Where local-unsafe and local-safe must end. */
	readonly heads: ReadonlyMap<ChainId, RecordedHeads>
}

/** The answer to `replay`. */
export interface ServedReplay {
	readonly l1Url: string
	readonly nodeUrls: readonly string[]
	readonly jwtSecret: Uint8Array
}

/** An `unsafeBlock` event, and when it was sent (process.hrtime, which all processes of a machine share). */
export interface Announcement {
	readonly chainId: ChainId
	readonly number: number
	readonly sentNs: bigint
}

/** What a replay's nodes have said. */
export interface NodeNews {
	/** When the first event of any node was sent. */
	readonly firstEventNs: bigint | undefined
	readonly announcements: readonly Announcement[]
}

export type FakeClusterAnswer =
	| { readonly ok: true; readonly value: unknown }
	| { readonly ok: false; readonly error: string }
