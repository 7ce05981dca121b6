import type { ChainId } from '../protocol/chain-id.js'
import type { ExecutingMessage } from '../protocol/executing-message.js'
import type { Candidate } from './candidate.js'
import { mismatch } from './message-match.js'
import type { SafetyRules } from './rules.js'
import type { DerivedBlock, SafetyView } from './safety-view.js'
import { firstSettledFrom } from './settled-block.js'

/** The verdict of one message. A dependency is fine as long as that candidate is judged together with this block. */
export type MessageVerdict =
	| { readonly kind: 'ok' }
	| { readonly kind: 'depends'; readonly on: DerivedBlock }
	| { readonly kind: 'future' | 'outOfScope' | 'conflict'; readonly reason: string }

/** Who executes a message, and within which L1 scope. */
export interface Execution {
	readonly chainId: ChainId
	readonly timestamp: number
	readonly scope: number
}

const OK: MessageVerdict = { kind: 'ok' }
const conflict = (reason: string): MessageVerdict => ({ kind: 'conflict', reason })
const future = (reason: string): MessageVerdict => ({ kind: 'future', reason })
const outOfScope = (reason: string): MessageVerdict => ({ kind: 'outOfScope', reason })

/**
 * May a block execute this message at its scope (rules, section 5)? The initiating block is looked for by its time
 * among the settled blocks of its chain and that chain's candidate, never in the unsafe index, and never above the
 * candidate.
 */
export function messageVerdict(
	view: SafetyView,
	rules: SafetyRules,
	message: ExecutingMessage,
	execution: Execution,
	candidate: (chainId: ChainId) => Candidate,
): MessageVerdict {
	const { chainId } = message
	const { scope } = execution
	const fault = rules.link.fault(
		{ chainId: execution.chainId, timestamp: BigInt(execution.timestamp) },
		{ chainId, timestamp: message.timestamp },
	)
	if (fault !== undefined) return conflict(fault)

	const head = view.crossSafeHead(chainId)
	const anchor = view.anchor(chainId)
	if (head === undefined || anchor === undefined)
		return future(`chain ${chainId} has no cross-safe block yet`)
	if (message.blockNumber <= BigInt(anchor.number)) {
		return conflict(
			`the first block ${anchor.number} of chain ${chainId} and those before it hold no message`,
		)
	}
	const kept = view.firstKept(chainId)
	// Retention keeps all that has not expired, so this cannot be; if it is, nothing is known, and nothing is decided.
	if (kept !== undefined && kept.number > anchor.number && message.timestamp < BigInt(kept.timestamp))
		return future(`blocks of chain ${chainId} are kept from time ${kept.timestamp} on`)
	// Below: the link check has bounded the time by the executing block's own.
	const timestamp = Number(message.timestamp)
	const headTime = view.localSafe(chainId, head.number)?.timestamp
	if (headTime === undefined) return future(`chain ${chainId} is being rewound`)
	if (headTime >= timestamp) {
		const range = { from: anchor.number, to: head.number }
		const settled = firstSettledFrom(view, chainId, timestamp, range, message.blockNumber)
		const since = settled && view.crossSafe(chainId, settled.number)?.scope
		if (settled === undefined || since === undefined) return future(`chain ${chainId} is being rewound`)
		if (since > scope) {
			return outOfScope(`block ${settled.number} of chain ${chainId} is cross-safe from L1 block ${since} on`)
		}
		const wrong = mismatch(view, chainId, settled, message)
		return wrong === undefined ? OK : conflict(wrong)
	}
	return verdictByCandidate(view, message, timestamp, execution, candidate(chainId), head.scope)
}

/** Section 5, rule 6: the message is later than everything settled, so only the candidate can hold it. */
function verdictByCandidate(
	view: SafetyView,
	message: ExecutingMessage,
	timestamp: number,
	execution: Execution,
	candidate: Candidate,
	ownScope: number,
): MessageVerdict {
	const { chainId } = message
	if (candidate.kind !== 'block') return future(candidate.reason)
	const { block } = candidate
	const isSameTime = timestamp === execution.timestamp
	const isAhead = ownScope > execution.scope
	const ahead = `chain ${chainId} is at scope ${ownScope}, beyond ${execution.scope}`
	if (isSameTime && isAhead) return outOfScope(ahead)
	if (block.timestamp < timestamp)
		return future(`block ${block.number} of chain ${chainId} is not settled yet`)
	if (block.timestamp === timestamp && !isSameTime) {
		return future(`block ${block.number} of chain ${chainId} is not settled yet`)
	}
	if (isAhead) return outOfScope(ahead)
	if (block.timestamp > timestamp) return conflict(`chain ${chainId} has no block of time ${timestamp}`)
	const wrong = mismatch(view, chainId, block, message)
	return wrong === undefined ? { kind: 'depends', on: block } : conflict(wrong)
}
