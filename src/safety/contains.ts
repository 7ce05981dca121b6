import { type BlockRef, formatBlock } from '../protocol/block.js'
import {
	ConflictError,
	FutureDataError,
	type ProtocolError,
	SkippedDataError,
	UnknownChainError,
} from '../protocol/errors.js'
import type { ExecutingMessage } from '../protocol/executing-message.js'
import { describeMessage, mismatch } from './message-match.js'
import type { SafetyView } from './safety-view.js'

/** What a lookup in the log index reads. */
export type LogIndexView = Pick<
	SafetyView,
	'chainIds' | 'anchor' | 'firstKept' | 'canonical' | 'localUnsafe' | 'logHash'
>

/** The block that holds the message, or the error that says why there is none. */
export type Lookup =
	| { readonly block: BlockRef; readonly error?: never }
	| { readonly block?: never; readonly error: ProtocolError }

/**
 * Looks a message up in the log index (protocol notes, "Contains"): for reads and access checks, which are about
 * what is known now. Safe verdicts never come from here.
 *
 * The error is UnknownChainError for a chain outside of the store; FutureDataError beyond the head; ConflictError if
 * that place holds something else, or will (the head has passed the message's time), or is block 0, which has no
 * logs; SkippedDataError up to the first block of the store, whose logs are not indexed, and for what was not kept. Its detail begins with
 * `prefix` and names the message.
 */
export function contains(view: LogIndexView, message: ExecutingMessage, prefix = ''): Lookup {
	const { chainId, blockNumber } = message
	if (!view.chainIds.includes(chainId)) return { error: new UnknownChainError(chainId, prefix) }
	const found = (what: string) => `${prefix}${describeMessage(message)}: ${what}`
	if (blockNumber === 0n) return { error: new ConflictError(found('block 0 has no logs')) }
	const anchor = view.anchor(chainId)
	if (anchor === undefined) return { error: new FutureDataError(found('the chain has no block yet')) }
	if (blockNumber <= BigInt(anchor.number))
		return { error: new SkippedDataError(found(`logs are indexed above ${formatBlock(anchor)}`)) }
	const block = view.canonical(chainId, Number(blockNumber))
	if (block === undefined) return { error: absent(view, message, found) }
	const wrong = mismatch(view, chainId, block, message)
	return wrong === undefined ? { block } : { error: new ConflictError(found(wrong)) }
}

/** Why a number above the anchor has no block. Nothing is said of what retention has removed. */
function absent(
	view: LogIndexView,
	{ chainId, blockNumber, timestamp }: ExecutingMessage,
	found: (what: string) => string,
): ProtocolError {
	const kept = view.firstKept(chainId)
	if (kept !== undefined && blockNumber < BigInt(kept.number))
		return new SkippedDataError(found(`blocks are kept from ${formatBlock(kept)} on`))
	const head = view.localUnsafe(chainId)
	if (head === undefined || blockNumber <= BigInt(head.number))
		return new FutureDataError(found('the block is being indexed'))
	return BigInt(head.timestamp) > timestamp
		? new ConflictError(found(`the chain has passed time ${timestamp} at ${formatBlock(head)}`))
		: new FutureDataError(found(`the log index ends at ${formatBlock(head)}`))
}
