import type { ChainId } from '../protocol/chain-id.js'
import type { DerivedBlock, SafetyView } from './safety-view.js'

/**
 * The first settled block of a chain with time >= `timestamp`, given that there is one: time grows with the number
 * (rules, P1). `guess` is the number where it is expected; a right guess costs one read.
 */
export function firstSettledFrom(
	view: SafetyView,
	chainId: ChainId,
	timestamp: number,
	range: { readonly from: number; readonly to: number },
	guess: bigint,
): DerivedBlock | undefined {
	if (guess >= BigInt(range.from) && guess <= BigInt(range.to)) {
		const guessed = view.localSafe(chainId, Number(guess))
		if (guessed?.timestamp === timestamp) return guessed
	}
	let { from, to } = range
	let found: DerivedBlock | undefined
	while (from <= to) {
		const middle = (from + to) >> 1
		const block = view.localSafe(chainId, middle)
		if (block !== undefined && block.timestamp >= timestamp) {
			found = block
			to = middle - 1
		} else {
			from = middle + 1
		}
	}
	return found
}
