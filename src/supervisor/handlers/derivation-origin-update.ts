import type { BlockRef } from '../../protocol/block.js'
import { sameBlock } from '../../protocol/block.js'
import type { ChainContext } from '../chain-context.js'

/**
 * `derivationOriginUpdate`: the node's derivation moved to this L1 block; it feeds `syncStatus.minSyncedL1`. While
 * a node walks again after a reset its origin is older than what the chain has reached, and says nothing.
 */
export function onDerivationOriginUpdate(chain: ChainContext, origin: BlockRef): void {
	if (chain.last !== undefined && sameBlock(chain.last.source, origin)) chain.links.origin(origin)
}
