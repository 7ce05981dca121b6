import type { BlockId } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import type { SafetyLevel } from '../protocol/safety-level.js'
import type { SafetyView } from './safety-view.js'

/** What is read to tell how safe a block is. */
export interface LevelView extends Pick<SafetyView, 'crossUnsafe' | 'localSafe' | 'crossSafe'> {
	/** The last finalized block of a chain. */
	finalized(chainId: ChainId): BlockId | undefined
}

/**
 * Has a block of the log index this level (protocol notes, "Safety levels")? Each level is asked for by itself: a
 * local-safe block need not be cross-unsafe. Nothing is `invalid`.
 */
export function reachesLevel(view: LevelView, chainId: ChainId, block: BlockId, level: SafetyLevel): boolean {
	const { number, hash } = block
	switch (level) {
		case 'invalid':
			return false
		case 'unsafe':
			return true
		case 'cross-unsafe':
			return number <= (view.crossUnsafe(chainId)?.number ?? -1)
		case 'local-safe':
			return view.localSafe(chainId, number)?.hash === hash
		case 'safe':
			return view.crossSafe(chainId, number)?.hash === hash
		case 'finalized':
			return (
				number <= (view.finalized(chainId)?.number ?? -1) && view.crossSafe(chainId, number)?.hash === hash
			)
	}
}
