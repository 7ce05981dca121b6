import type { BlockRef } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import { DataCorruptionError } from '../protocol/errors.js'
import type { ExecutingLog, ExecutingMessage } from '../protocol/executing-message.js'
import { describeExecution, mismatch } from '../safety/message-match.js'
import type { View } from '../storage/index.js'
import type { PassContext } from './verify-store.js'

/**
 * What a cross-safe or cross-unsafe block executes (rules, section 11, I2 and I5). Expiry and activation are not
 * looked at: they depend on the configuration, which the store does not hold.
 */
export function verifyMessages(
	{ view, report }: PassContext,
	chainId: ChainId,
	block: BlockRef,
	executing: readonly ExecutingLog[],
): void {
	const isSafe = view.crossSafe(chainId, block.number)?.hash === block.hash
	const crossUnsafe = isSafe ? undefined : view.crossUnsafe(chainId)
	if (!isSafe && (crossUnsafe === undefined || block.number > crossUnsafe.number)) return
	for (const log of executing) {
		if (isPruned(view, log.message)) continue
		const reason = attempt(() =>
			isSafe ? safeFault(view, chainId, block, log.message) : indexFault(view, log.message),
		)
		if (reason === undefined) continue
		report({
			invariant: isSafe ? 'cross-safe-message' : 'cross-unsafe-message',
			chainId,
			block: block.number,
			detail: describeExecution(chainId, block, log, reason),
		})
	}
}

/** Retention has removed the block that the message names: it was verified when it was there. */
function isPruned(view: View, { chainId, blockNumber }: ExecutingMessage): boolean {
	if (!view.chainIds.includes(chainId)) return false
	const anchor = view.anchor(chainId)
	const kept = view.firstKept(chainId)
	return (
		anchor !== undefined &&
		kept !== undefined &&
		blockNumber > BigInt(anchor.number) &&
		blockNumber < BigInt(kept.number)
	)
}

/** Why a cross-safe block may not execute the message; undefined if it may. */
function safeFault(
	view: View,
	chainId: ChainId,
	block: BlockRef,
	message: ExecutingMessage,
): string | undefined {
	const wrong = indexFault(view, message)
	if (wrong !== undefined) return wrong
	const number = Number(message.blockNumber)
	const scope = view.crossSafe(chainId, block.number)?.scope ?? 0
	const initiating = view.localSafe(message.chainId, number)
	if (initiating?.hash !== view.canonical(message.chainId, number)?.hash || initiating === undefined)
		return 'its block is not local-safe'
	if (message.timestamp > BigInt(block.timestamp)) return 'it is initiated later'
	// Of the same time, the two become cross-safe together, and the other chain's commit may be the next one.
	const since =
		initiating.timestamp === block.timestamp
			? initiating.source
			: view.crossSafe(message.chainId, number)?.scope
	if (since === undefined) return 'its block is not cross-safe'
	return since > scope ? `its block is known from L1 block ${since} on, after the scope ${scope}` : undefined
}

/** Why the message is not in the log index; undefined if it is. */
function indexFault(view: View, message: ExecutingMessage): string | undefined {
	if (!view.chainIds.includes(message.chainId)) return 'the chain is not of this store'
	const anchor = view.anchor(message.chainId)
	if (anchor === undefined || message.blockNumber <= BigInt(anchor.number)) return 'its logs are not indexed'
	const initiating = view.canonical(message.chainId, Number(message.blockNumber))
	if (initiating === undefined) return 'its block is not in the log index'
	return mismatch(view, message.chainId, initiating, message)
}

/** A damaged record of the initiating block is a fault of its own; here it says why the message cannot be found. */
function attempt(check: () => string | undefined): string | undefined {
	try {
		return check()
	} catch (error) {
		if (error instanceof DataCorruptionError) return error.message
		throw error
	}
}
