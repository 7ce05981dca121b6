import type { BlockId } from '../protocol/block.js'

/** The heads that `interop_reset` sets on a node (protocol notes, "Resets: choosing the targets"). */
export interface ResetHeads {
	readonly localUnsafe: BlockId
	readonly crossUnsafe: BlockId
	readonly localSafe: BlockId
	readonly crossSafe: BlockId
	readonly finalized: BlockId
}
