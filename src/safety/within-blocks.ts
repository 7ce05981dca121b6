import type { BlockId } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import type { Execute } from './cycle.js'
import type { SafetyView } from './safety-view.js'

/**
 * The messages of one time that are edges of the cycle graph (rules, section 6.2): those whose initiating log, by
 * chain and log index, is a log of one of `blocks`. Whether block number and checksum are right does not matter: a
 * chain has one block at that time, so a message that names another one is no better.
 */
export function withinBlocks(
	view: Pick<SafetyView, 'logHash'>,
	blocks: ReadonlyMap<ChainId, BlockId>,
	messages: readonly Execute<ChainId>[],
): Execute<ChainId>[] {
	return messages.filter(({ initiating }) => {
		const block = blocks.get(initiating.block)
		return block !== undefined && view.logHash(initiating.block, block, initiating.logIndex) !== undefined
	})
}
