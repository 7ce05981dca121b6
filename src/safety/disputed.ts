import { formatBlock } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import type { SafetyView } from './safety-view.js'

/**
 * Why nothing of a chain may be promoted, or rest on one of its unsettled blocks, while its nodes disagree on a
 * local-safe block; undefined if they agree. What is settled stays settled.
 */
export function disputeOf(view: SafetyView, chainId: ChainId): string | undefined {
	const disputed = view.disputed(chainId)
	return disputed && `the nodes of chain ${chainId} disagree on ${formatBlock(disputed.block)}`
}
