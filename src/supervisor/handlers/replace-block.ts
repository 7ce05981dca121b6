import type { BlockReplacement } from '../../protocol/block.js'
import { formatBlock } from '../../protocol/block.js'
import type { ChainContext } from '../chain-context.js'

/**
 * `replaceBlock`: a node replaced an invalidated block. Only a block that Vigil itself had invalidated may be
 * replaced (cross-safety rules, section 7); it never did, so this changes nothing and is said.
 */
export function onReplaceBlock(chain: ChainContext, { replacement, invalidated }: BlockReplacement): void {
	chain.log.error(
		{ replacement: formatBlock(replacement), invalidated },
		'the node replaced a block that was not invalidated; ignored',
	)
}
