import { formatBlock } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import { disputeOf } from './disputed.js'
import type { DerivedBlock, SafetyView } from './safety-view.js'

/** The only block of a chain that a safe check may promote or invalidate, or why there is none now. */
export type Candidate =
	| { readonly kind: 'block'; readonly block: DerivedBlock }
	| { readonly kind: 'future' | 'outOfScope'; readonly reason: string }

/**
 * The candidate of a chain (rules, section 3): the local-safe child of the cross-safe head, if it is within the
 * chain's own scope and in the log index.
 */
export function candidateOf(view: SafetyView, chainId: ChainId): Candidate {
	const head = view.crossSafeHead(chainId)
	if (head === undefined) return { kind: 'future', reason: `chain ${chainId} has no cross-safe block yet` }
	const number = head.number + 1
	const disputed = disputeOf(view, chainId)
	if (disputed !== undefined) return { kind: 'future', reason: disputed }
	if (view.pendingInvalidation(chainId)?.block.number === number) {
		return { kind: 'future', reason: `chain ${chainId} waits for the replacement of block ${number}` }
	}
	const parent = view.localSafe(chainId, head.number)
	if (parent?.hash !== head.hash) {
		return { kind: 'future', reason: `chain ${chainId} is being rewound below ${formatBlock(head)}` }
	}
	const block = view.localSafe(chainId, number)
	if (block === undefined || block.parentHash !== head.hash) {
		return { kind: 'outOfScope', reason: `block ${number} of chain ${chainId} is not local-safe` }
	}
	if (block.source > head.scope) {
		return {
			kind: 'outOfScope',
			reason: `${formatBlock(block)} of chain ${chainId} is derived from L1 block ${block.source}, after its scope ${head.scope}`,
		}
	}
	if (view.canonical(chainId, number)?.hash !== block.hash) {
		return { kind: 'future', reason: `${formatBlock(block)} of chain ${chainId} is not indexed` }
	}
	return { kind: 'block', block }
}
