import type { BlockId } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import { RoundView } from './round-view.js'
import type { SafetyRules } from './rules.js'
import { safeStep } from './safe-step.js'
import type { DerivedBlock, SafetyView, ScopedBlock } from './safety-view.js'
import { unsafeStep } from './unsafe-step.js'
import type { WaitList } from './wait-list.js'

export interface RoundOptions {
	/** Steps after which the round is committed even if more can be done. */
	readonly maxSteps: number
	/** Checks that wait, kept from round to round. */
	readonly waits: WaitList
}

/** A block that can never be valid, found at a scope. */
export interface InvalidBlock {
	readonly chainId: ChainId
	readonly block: DerivedBlock
	readonly scope: number
	readonly reason: string
}

export interface RoundResult {
	readonly promotions: readonly {
		readonly chainId: ChainId
		readonly crossSafe: readonly ScopedBlock[]
		readonly crossUnsafe?: BlockId
	}[]
	readonly invalid: readonly InvalidBlock[]
	/** Nothing more can be promoted before there is news. */
	readonly isFixedPoint: boolean
}

/**
 * Promotes cross-unsafe and cross-safe of all chains as far as `view` allows, or until the round is full. The order
 * of chains does not matter for where it ends (rules, section 8).
 */
export function promotionRound(view: SafetyView, rules: SafetyRules, options: RoundOptions): RoundResult {
	const round = new RoundView(view)
	const { waits } = options
	const invalid = new Map<ChainId, InvalidBlock>()
	let steps = 0
	for (let isStable = false; !isStable; ) {
		isStable = true
		for (const chainId of round.chainIds) {
			while (steps < options.maxSteps && stepUnsafe(round, rules, chainId, waits)) {
				steps++
				isStable = false
			}
			while (steps < options.maxSteps && !invalid.has(chainId)) {
				if (!stepSafe(round, rules, chainId, waits, invalid)) break
				steps++
				isStable = false
			}
		}
		if (steps >= options.maxSteps) break
	}
	return {
		promotions: [...round.promotions()],
		invalid: [...invalid.values()],
		isFixedPoint: steps < options.maxSteps,
	}
}

function stepUnsafe(round: RoundView, rules: SafetyRules, chainId: ChainId, waits: WaitList): boolean {
	if (waits.isWaiting('unsafe', chainId, round)) return false
	const { result: step, read } = round.observe(() => unsafeStep(round, rules, chainId))
	if (step.verdict !== 'ok') {
		waits.wait('unsafe', chainId, read, round)
		return false
	}
	round.promoteUnsafe(chainId, step.head)
	return true
}

function stepSafe(
	round: RoundView,
	rules: SafetyRules,
	chainId: ChainId,
	waits: WaitList,
	invalid: Map<ChainId, InvalidBlock>,
): boolean {
	if (waits.isWaiting('safe', chainId, round)) return false
	const anchor = anchorEntry(round, chainId)
	if (anchor !== undefined) {
		round.promoteSafe(chainId, anchor)
		return true
	}
	const { result: step, read } = round.observe(() => safeStep(round, rules, chainId))
	switch (step.action) {
		case 'promote':
		case 'bump':
			round.promoteSafe(chainId, step.entry)
			return true
		case 'invalidate':
			invalid.set(chainId, { chainId, block: step.block, scope: step.scope, reason: step.reason })
			return false
		case 'none':
			waits.wait('safe', chainId, read, round)
			return false
	}
}

/** The first block of a chain is cross-safe from the start, at its own source (rules, P3). */
function anchorEntry(round: RoundView, chainId: ChainId): ScopedBlock | undefined {
	if (round.crossSafeHead(chainId) !== undefined) return undefined
	const anchor = round.anchor(chainId)
	const derived = anchor && round.localSafe(chainId, anchor.number)
	return derived && { number: derived.number, hash: derived.hash, scope: derived.source }
}
