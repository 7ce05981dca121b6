import type { BlockId, BlockRef } from '../protocol/block.js'
import { blockId, formatBlock } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import type { ExecutingMessage } from '../protocol/executing-message.js'
import { blocksInCycles, type Execute } from './cycle.js'
import { disputeOf } from './disputed.js'
import { describeExecution, mismatch } from './message-match.js'
import type { SafetyRules } from './rules.js'
import type { SafetyView } from './safety-view.js'
import { withinBlocks } from './within-blocks.js'

/** Where the cross-unsafe head of a chain goes next, or why it stays. */
export type UnsafeStep =
	| { readonly verdict: 'ok'; readonly head: BlockId }
	| { readonly verdict: 'future' | 'conflict'; readonly reason: string }

type UnsafeVerdict =
	| { readonly kind: 'ok' }
	/** Same time: judged together. `future` says why that block cannot be promoted next. */
	| { readonly kind: 'depends'; readonly on: BlockRef; readonly future?: string }
	| { readonly kind: 'future' | 'conflict'; readonly reason: string }

/**
 * The next step of a chain's cross-unsafe head (rules, section 9): its child in the log index, if every message of
 * it, and of the blocks of the same time that it depends on, is in the log index of a block that is cross-unsafe.
 * A conflict changes nothing: an unsafe block may still be reorganised away.
 */
export function unsafeStep(view: SafetyView, rules: SafetyRules, chainId: ChainId): UnsafeStep {
	const disputed = disputeOf(view, chainId)
	if (disputed !== undefined) return { verdict: 'future', reason: disputed }
	const block = childOfHead(view, chainId)
	if (block === undefined) return { verdict: 'future', reason: 'no block above the cross-unsafe head' }

	const closure = new Map<ChainId, BlockRef>([[chainId, block]])
	/** Blocks that a message of the closure names: only those can be in a cycle. */
	const initiators = new Map<ChainId, BlockRef>()
	const sameTime: Execute<ChainId>[] = []
	/** Of the same time, too, but not there as they say. */
	const misfits: Execute<ChainId>[] = []
	let future: string | undefined
	for (const [member, of] of closure) {
		for (const log of view.executingMessages(member, of)) {
			const { logIndex, message } = log
			const verdict = unsafeVerdict(view, rules, message, member, of)
			if (verdict.kind === 'ok') continue
			const execute = {
				initiating: { block: message.chainId, logIndex: message.logIndex },
				executing: { block: member, logIndex },
			}
			if (verdict.kind === 'depends') {
				sameTime.push(execute)
				closure.set(message.chainId, verdict.on)
				initiators.set(message.chainId, verdict.on)
				future ??= verdict.future
				continue
			}
			if (message.timestamp === BigInt(of.timestamp)) misfits.push(execute)
			const reason = describeExecution(member, of, log, verdict.reason)
			if (verdict.kind === 'conflict') return { verdict: 'conflict', reason }
			future ??= reason
		}
	}
	if (blocksInCycles([...sameTime, ...withinBlocks(view, initiators, misfits)]).size > 0) {
		return {
			verdict: 'conflict',
			reason: `${formatBlock(block)} of chain ${chainId} lies behind or on a cycle of messages`,
		}
	}
	return future === undefined
		? { verdict: 'ok', head: blockId(block) }
		: { verdict: 'future', reason: future }
}

function childOfHead(view: SafetyView, chainId: ChainId): BlockRef | undefined {
	const head = view.crossUnsafe(chainId)
	const child = head && view.canonical(chainId, head.number + 1)
	return child?.parentHash === head?.hash ? child : undefined
}

function unsafeVerdict(
	view: SafetyView,
	rules: SafetyRules,
	message: ExecutingMessage,
	executor: ChainId,
	executing: BlockRef,
): UnsafeVerdict {
	const { chainId } = message
	const fault = rules.link.fault(
		{ chainId: executor, timestamp: BigInt(executing.timestamp) },
		{ chainId, timestamp: message.timestamp },
	)
	if (fault !== undefined) return { kind: 'conflict', reason: fault }
	const anchor = view.anchor(chainId)
	const top = view.localUnsafe(chainId)
	const head = view.crossUnsafe(chainId)
	if (anchor === undefined || top === undefined || head === undefined) {
		return { kind: 'future', reason: `chain ${chainId} has no block yet` }
	}
	if (message.blockNumber <= BigInt(anchor.number)) {
		return { kind: 'conflict', reason: `chain ${chainId} holds no message up to block ${anchor.number}` }
	}
	if (message.blockNumber > BigInt(top.number)) {
		return BigInt(top.timestamp) > message.timestamp
			? {
					kind: 'conflict',
					reason: `chain ${chainId} has passed time ${message.timestamp} at ${formatBlock(top)}`,
				}
			: { kind: 'future', reason: `chain ${chainId} is indexed up to ${formatBlock(top)}` }
	}
	const block = view.canonical(chainId, Number(message.blockNumber))
	if (block === undefined) {
		const kept = view.firstKept(chainId)
		// A block that is not kept is older than what is, so the message claims a time that is not its block's.
		return kept !== undefined &&
			message.blockNumber < BigInt(kept.number) &&
			message.timestamp >= BigInt(kept.timestamp)
			? {
					kind: 'conflict',
					reason: `block ${message.blockNumber} of chain ${chainId} is older than ${message.timestamp}`,
				}
			: { kind: 'future', reason: `chain ${chainId} is being indexed` }
	}
	const wrong = mismatch(view, chainId, block, message)
	if (wrong !== undefined) return { kind: 'conflict', reason: wrong }
	if (block.number <= head.number) return { kind: 'ok' }
	const disputed = disputeOf(view, chainId)
	const isNext = disputed === undefined && block.number === head.number + 1 && block.parentHash === head.hash
	const reason = disputed ?? `${formatBlock(block)} of chain ${chainId} is not cross-unsafe yet`
	if (block.timestamp !== executing.timestamp) return { kind: 'future', reason }
	// A block that must wait is entered, too: what is wrong with it, and a cycle through it, is definite.
	return isNext ? { kind: 'depends', on: block } : { kind: 'depends', on: block, future: reason }
}
