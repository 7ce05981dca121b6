import type { ChainId } from '../protocol/chain-id.js'
import type { RoundResult } from './promotion-round.js'
import { RoundView } from './round-view.js'
import type { SafetyRules } from './rules.js'
import type { SafetyView } from './safety-view.js'
import { unsafeStep } from './unsafe-step.js'

/**
 * A chain that is further behind is being synced: its cross-unsafe head is not what anybody waits for, and promotion
 * rounds bring it on.
 */
const AT_THE_TIP = 8

/**
 * Where the cross-unsafe heads of the chains at their tip go in this view, of those that move; cross-safe stays. For
 * views of what is not stored yet: `promotionRound` decides the same anew when it is.
 */
export function unsafeHeads(view: SafetyView, rules: SafetyRules): RoundResult['promotions'] {
	const round = new RoundView(view)
	const chains = view.chainIds.filter((chainId) => isAtTip(view, chainId))
	for (let isStable = false; !isStable; ) {
		isStable = true
		for (const chainId of chains) {
			for (;;) {
				const step = unsafeStep(round, rules, chainId)
				if (step.verdict !== 'ok') break
				round.promoteUnsafe(chainId, step.head)
				isStable = false
			}
		}
	}
	return [...round.promotions()]
}

function isAtTip(view: SafetyView, chainId: ChainId): boolean {
	const top = view.localUnsafe(chainId)?.number
	const head = view.crossUnsafe(chainId)?.number
	return top !== undefined && head !== undefined && top > head && top - head <= AT_THE_TIP
}
