import type { BlockId, BlockRef, L2BlockRef, OutputV0 } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import type { L1Header } from './l1-header.js'

/** The version that this program writes, and the newest that it reads (docs/recording-format.md). */
export const RECORDING_VERSION = 1
export const RECORDING_FORMAT = 'vigil-recording'

/** The members of op-node's rollup.json that matter for a supervisor, under their names there. */
export interface RecordedRollup {
	readonly genesis: { readonly l1: BlockId; readonly l2: BlockId; readonly l2_time: number }
	readonly block_time: number
	readonly l1_chain_id: number
	readonly l2_chain_id: number | string
	readonly interop_time?: number
}

/** The dependency set as the file format of op-supervisor has it. */
export interface RecordedDependencySet {
	readonly dependencies: { readonly [chainId: string]: object }
	readonly overrideMessageExpiryWindow?: number
}

/** All times `t` are milliseconds since the recorded supervisor started; what was there before has 0. */
export interface RecordedL1Block {
	/** When it became the tip. */
	readonly t: number
	readonly block: BlockRef
	/** False for a block that was reorged out in the end. */
	readonly canonical: boolean
	/** What the header has beside the ref and differs from that of an empty block. Absent: not known. */
	readonly header?: L1Header
}

export interface RecordedFinality {
	readonly t: number
	readonly block: BlockId
}

export interface RecordedL2Block {
	/** When the node announced it with `unsafeBlock`, or would have. */
	readonly t: number
	readonly block: L2BlockRef
	readonly canonical: boolean
	/** False for a replacement: it comes by `replaceBlock`, never by `unsafeBlock`. */
	readonly announced: boolean
	readonly output?: OutputV0
	/** Of a replacement: the output of the block that it replaced. */
	readonly pendingOutput?: OutputV0
}

/** L2 block `derived` was first derived from L1 block `source`. Repeats after resets are not recorded. */
export interface RecordedLink {
	readonly t: number
	readonly source: BlockId
	readonly derived: BlockId
}

export interface RecordedReplacement {
	readonly t: number
	readonly invalidated: BlockId
	readonly replacement: BlockId
}

/** One chain. Block lists are small objects in order of `t`; receipts are fetched or made when asked for. */
export interface RecordedChain {
	readonly chainId: ChainId
	readonly rollup: RecordedRollup
	/**
	 * Where the node stood when the supervisor connected. Without it the node is fresh: it asks for a reset first
	 * and builds no block before.
	 */
	readonly start?: { readonly source: BlockId; readonly derived: BlockId }
	readonly blocks: readonly RecordedL2Block[]
	readonly links: readonly RecordedLink[]
	readonly replacements: readonly RecordedReplacement[]
	/** The receipts' JSON array as it goes over the wire. Never parsed on the way. */
	receipts(block: RecordedL2Block): Buffer
}

export interface RecordedPair {
	readonly derived: BlockId
	readonly source: BlockId
}

/** Heads of a chain at the end of the recording; a head that is not known is left out. */
export interface RecordedHeads {
	readonly localUnsafe?: BlockId
	readonly crossUnsafe?: BlockId
	readonly localSafe?: RecordedPair
	readonly crossSafe?: RecordedPair
	readonly finalized?: BlockId
}

export interface RecordingInfo {
	readonly name: string
	readonly description: string
	readonly l1ChainId: number
	/** The confirmation depth for which the end of L1 was chosen. */
	readonly confirmationDepth: number
	readonly dependencySet: RecordedDependencySet
}

export interface Recording extends RecordingInfo {
	readonly l1: readonly RecordedL1Block[]
	readonly finality: readonly RecordedFinality[]
	readonly chains: readonly RecordedChain[]
	/** Expected at the end, by chain. */
	readonly heads: ReadonlyMap<ChainId, RecordedHeads>
	readonly finalizedL1?: BlockId
}
