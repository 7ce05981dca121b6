import type { ChainId } from '../protocol/chain-id.js'
import { candidateOf } from './candidate.js'
import type { SafetyRules } from './rules.js'
import { safeCheck } from './safe-check.js'
import type { DerivedBlock, SafetyView, ScopedBlock } from './safety-view.js'

/** What the rules want to be done with a chain's cross-safe head now. */
export type SafeStep =
	/** The candidate is cross-safe: append it. */
	| { readonly verdict: 'ok'; readonly action: 'promote'; readonly entry: ScopedBlock }
	/** Nothing more can be said within this scope: append the same block at the next L1 block. */
	| { readonly verdict: 'outOfScope'; readonly action: 'bump'; readonly entry: ScopedBlock }
	/** Wait: for other data, or for the chain's own next L1 block. */
	| { readonly verdict: 'outOfScope' | 'future'; readonly action: 'none'; readonly reason: string }
	/** The candidate can never be valid: have it replaced. */
	| {
			readonly verdict: 'conflict'
			readonly action: 'invalidate'
			readonly block: DerivedBlock
			readonly scope: number
			readonly reason: string
	  }

/** The next step of one chain (rules, sections 3, 6 and 7). Changes nothing. */
export function safeStep(view: SafetyView, rules: SafetyRules, chainId: ChainId): SafeStep {
	const candidate = candidateOf(view, chainId)
	const head = view.crossSafeHead(chainId)
	if (head === undefined) return { verdict: 'future', action: 'none', reason: 'no cross-safe block yet' }
	if (candidate.kind !== 'block') {
		return candidate.kind === 'outOfScope'
			? raiseScope(view, chainId, head, candidate.reason)
			: { verdict: 'future', action: 'none', reason: candidate.reason }
	}

	const { block } = candidate
	const result = safeCheck(view, rules, chainId, block, head.scope)
	switch (result.verdict) {
		case 'ok': {
			const entry = { number: block.number, hash: block.hash, scope: head.scope }
			return { verdict: 'ok', action: 'promote', entry }
		}
		case 'outOfScope':
			return raiseScope(view, chainId, head, result.reason)
		case 'future':
			return { verdict: 'future', action: 'none', reason: result.reason }
		case 'conflict':
			// After an L1 reorg a chain that had a block replaced is derived again from below its scope; the marker needs
			// the L1 block of its scope.
			if (view.source(chainId, head.scope) === undefined) {
				const reason = `${result.reason}; chain ${chainId} is not derived up to L1 block ${head.scope} again yet`
				return { verdict: 'future', action: 'none', reason }
			}
			return { verdict: 'conflict', action: 'invalidate', block, scope: head.scope, reason: result.reason }
	}
}

/** One L1 block at a time, and never past what the chain's own local-safe has reached (rules, section 7). */
function raiseScope(view: SafetyView, chainId: ChainId, head: ScopedBlock, reason: string): SafeStep {
	const scope = head.scope + 1
	if (view.source(chainId, scope) === undefined) return { verdict: 'outOfScope', action: 'none', reason }
	return { verdict: 'outOfScope', action: 'bump', entry: { number: head.number, hash: head.hash, scope } }
}
