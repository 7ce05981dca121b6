import type { ClusterState, KnownInvalidation } from '../api/cluster-change.js'
import { type BlockId, blockId } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import type { SafetyLevel } from '../protocol/safety-level.js'
import type { View } from '../storage/index.js'

/** Heads of all chains and failsafe, for those who listen to changes. */
export function clusterState(view: View): ClusterState {
	return {
		generation: view.generation,
		failsafe: view.failsafe,
		progress: [
			view.generation,
			view.finalizedL1?.number,
			...view.chainIds.map((id) => doneOf(view, id)),
		].join(' '),
		heads: new Map(view.chainIds.map((chainId) => [chainId, headsOf(view, chainId)])),
	}
}

/** How far a chain is on L1. */
function doneOf(view: View, chainId: ChainId): string {
	const source = view.lastSource(chainId)
	return `${source?.source.hash} ${source?.complete} ${view.crossSafeHead(chainId)?.scope}`
}

function headsOf(view: View, chainId: ChainId): ReadonlyMap<SafetyLevel, BlockId> {
	const heads = new Map<SafetyLevel, BlockId>()
	const put = (level: SafetyLevel, block: BlockId | undefined) => {
		if (block !== undefined) heads.set(level, blockId(block))
	}
	put('unsafe', view.localUnsafe(chainId))
	put('cross-unsafe', view.crossUnsafe(chainId))
	put('local-safe', view.localSafeHead(chainId)?.derived)
	put('safe', view.crossSafeHead(chainId))
	put('finalized', view.finalized(chainId))
	return heads
}

/** Every invalidated block of all chains. There are few. */
export function invalidations(view: View): KnownInvalidation[] {
	return view.chainIds.flatMap((chainId) =>
		view.invalidatedBlocks(chainId).map(
			({ block, rule, replacement }): KnownInvalidation => ({
				chainId,
				block: blockId(block),
				reason: rule,
				replacement: replacement ?? undefined,
				state: replacement === null ? 'invalid' : 'replaced',
			}),
		),
	)
}
