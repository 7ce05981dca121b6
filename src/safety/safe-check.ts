import { formatBlock } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import { type Candidate, candidateOf } from './candidate.js'
import { blocksInCycles, type Execute } from './cycle.js'
import { describeExecution } from './message-match.js'
import { messageVerdict } from './message-verdict.js'
import type { SafetyRules } from './rules.js'
import type { DerivedBlock, SafetyView } from './safety-view.js'
import { withinBlocks } from './within-blocks.js'

export type CheckResult =
	| { readonly verdict: 'ok' }
	| { readonly verdict: 'conflict' | 'future' | 'outOfScope'; readonly reason: string }

/**
 * Is the candidate `block` of chain `chainId` cross-safe at `scope` (rules, section 6)? The blocks of the same time
 * that it depends on, directly or not, are judged with it; each is its chain's candidate, so there is one a chain.
 */
export function safeCheck(
	view: SafetyView,
	rules: SafetyRules,
	chainId: ChainId,
	block: DerivedBlock,
	scope: number,
): CheckResult {
	const candidates = new Map<ChainId, Candidate>([[chainId, { kind: 'block', block }]])
	const candidate = (of: ChainId): Candidate => {
		let found = candidates.get(of)
		if (found === undefined) {
			found = candidateOf(view, of)
			candidates.set(of, found)
		}
		return found
	}
	const closure = new Map<ChainId, DerivedBlock>([[chainId, block]])
	const sameTime: Execute<ChainId>[] = []
	/** Of the same time, too, but not there as they say. */
	const misfits: Execute<ChainId>[] = []
	const worst = new Worst()
	// A Map is walked in the order of insertion, also over what is added on the way.
	for (const [member, of] of closure) {
		const { timestamp } = of
		for (const log of view.executingMessages(member, of)) {
			const { logIndex, message } = log
			const verdict = messageVerdict(view, rules, message, { chainId: member, timestamp, scope }, candidate)
			if (verdict.kind === 'ok') continue
			const execute = {
				initiating: { block: message.chainId, logIndex: message.logIndex },
				executing: { block: member, logIndex },
			}
			if (verdict.kind === 'depends') {
				sameTime.push(execute)
				closure.set(message.chainId, verdict.on)
				continue
			}
			if (message.timestamp === BigInt(timestamp)) misfits.push(execute)
			const isOwn = member === chainId
			// What is wrong with another block will be replaced by its own chain's check; until then we wait.
			const kind = verdict.kind === 'conflict' && !isOwn ? 'future' : verdict.kind
			worst.add(kind, () => describeExecution(member, of, log, verdict.reason))
		}
	}
	for (const member of blocksInCycles([...sameTime, ...withinBlocks(view, closure, misfits)])) {
		worst.add(
			member === chainId ? 'conflict' : 'future',
			() => `${formatBlock(closure.get(member) ?? block)} of chain ${member} lies on a cycle of messages`,
		)
	}
	return worst.result()
}

/** Conflict before future before out of scope: then neither scope nor invalidation depends on the order of arrival. */
const PRECEDENCE = { conflict: 3, future: 2, outOfScope: 1 } as const

class Worst {
	#verdict: keyof typeof PRECEDENCE | undefined
	#reason: () => string = () => ''

	/** Keeps the first reason of the worst kind. */
	add(verdict: keyof typeof PRECEDENCE, reason: () => string): void {
		if (this.#verdict !== undefined && PRECEDENCE[verdict] <= PRECEDENCE[this.#verdict]) return
		this.#verdict = verdict
		this.#reason = reason
	}

	result(): CheckResult {
		return this.#verdict === undefined
			? { verdict: 'ok' }
			: { verdict: this.#verdict, reason: this.#reason() }
	}
}
