import type { ClusterConfig } from '../src/config/cluster-config.js'
import type { ChainId } from '../src/protocol/chain-id.js'
import type { GenerateOptions } from '../src/recording/generate/cluster-shape.js'
import type { RecordedDependencySet, RecordedHeads, RecordedRollup } from '../src/recording/recording.js'
import type { ReplayPace } from '../src/recording/replay/pace.js'

/** What the fake nodes serve. Sent once, with the start of their process. */
export type FakeClusterSource = GeneratedSource | { readonly kind: 'recording'; readonly file: string }

export interface GeneratedSource {
	readonly kind: 'generated'
	readonly chains: number
	readonly blocks: number
	readonly logs: number
	/** What else of the generator is not as it is by default. */
	readonly shape?: Partial<GenerateOptions>
	/** So many of the first blocks of each chain, with L1 up to their time, are there from the start. */
	readonly history?: number
	/** One chain more, whose blocks all appear together with one block of the others. It has no messages of theirs. */
	readonly bulk?: { readonly blocks: number; readonly withBlock: number }
}

export interface ReplayRequest {
	readonly pace: ReplayPace
	readonly latencyMs: number
	/** Of L1 and of single nodes instead. */
	readonly latenciesMs?: { readonly l1?: number; readonly nodes?: readonly number[] }
	/** Note all that is said by nodes and to them; without it only announcements are noted. */
	readonly notesAll?: boolean
}

/** From the bench to the process of the fake nodes. */
export type FakeClusterRequest =
	| { readonly kind: 'load'; readonly source: FakeClusterSource }
	/** Serve everything anew, from the start. */
	| ({ readonly kind: 'replay' } & ReplayRequest)
	| { readonly kind: 'news' }
	| { readonly kind: 'newest' }
	| { readonly kind: 'cpu' }

/** The answer to `load`. */
export interface LoadedCluster {
	readonly name: string
	readonly cluster: ClusterConfig
	readonly confirmationDepth: number
	/** Of all chains together, above genesis. */
	readonly blocks: number
	/** Of these blocks. */
	readonly logs: number
	/** Where local-unsafe and local-safe must end. */
	readonly heads: ReadonlyMap<ChainId, RecordedHeads>
	/** What configuration files say of the cluster. */
	readonly dependencySet: RecordedDependencySet
	readonly rollups: readonly RecordedRollup[]
}

/** The answer to `replay`. */
export interface ServedReplay {
	readonly l1Url: string
	readonly nodeUrls: readonly string[]
	readonly jwtSecret: Uint8Array
}

/** What was said. The first three by a node, the others to it. */
export type NoteKind = 'unsafeBlock' | 'derived' | 'exhaustL1' | 'crossUnsafe' | 'crossSafe' | 'provideL1'

/** Something that a node said or was told, and when (process.hrtime, which all processes of a machine share). */
export interface Note {
	readonly kind: NoteKind
	readonly chainId: ChainId
	/** Of the block: of L2, but of L1 for `exhaustL1` and `provideL1`. */
	readonly number: number
	readonly ns: bigint
}

/** What a replay's nodes have said and were told. */
export interface NodeNews {
	/** When the first event of any node was sent. */
	readonly firstEventNs: bigint | undefined
	readonly notes: readonly Note[]
}

/** The highest number of each kind of note, by chain. */
export type NewestNotes = ReadonlyMap<ChainId, { readonly [K in NoteKind]?: number }>

export type FakeClusterAnswer =
	| { readonly ok: true; readonly value: unknown }
	| { readonly ok: false; readonly error: string }
