import { type BlockId, type BlockSeal, formatBlock } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import { messageChecksum } from '../protocol/checksum.js'
import type { ExecutingLog, ExecutingMessage } from '../protocol/executing-message.js'
import type { SafetyView } from './safety-view.js'

/**
 * Is this message in that block? Number, time, log index and checksum must all be right (rules, section 5,
 * `match`). Undefined if it is, else what is wrong.
 */
export function mismatch(
	view: Pick<SafetyView, 'logHash'>,
	chainId: ChainId,
	block: BlockSeal,
	message: ExecutingMessage,
): string | undefined {
	if (message.blockNumber !== BigInt(block.number)) {
		return `time ${message.timestamp} is that of block ${block.number}, not of ${message.blockNumber}`
	}
	if (message.timestamp !== BigInt(block.timestamp)) {
		return `block ${block.number} has time ${block.timestamp}, not ${message.timestamp}`
	}
	const logHash = view.logHash(chainId, block, message.logIndex)
	if (logHash === undefined) return `block ${block.number} has no log ${message.logIndex}`
	const { blockNumber, timestamp, logIndex } = message
	const checksum = messageChecksum({ logHash, chainId: message.chainId, blockNumber, timestamp, logIndex })
	return checksum === message.checksum
		? undefined
		: `log ${message.logIndex} of block ${block.number} is another one`
}

/** Says which message, of which block, broke which rule. */
export function describeExecution(
	chainId: ChainId,
	block: BlockId,
	{ logIndex, message }: ExecutingLog,
	reason: string,
): string {
	return `log ${logIndex} of ${formatBlock(block)} of chain ${chainId} executes ${describeMessage(message)}: ${reason}`
}

/** For error messages: `chain 901 block 12 log 3`. */
export function describeMessage(
	message: Pick<ExecutingMessage, 'chainId' | 'blockNumber' | 'logIndex'>,
): string {
	return `chain ${message.chainId} block ${message.blockNumber} log ${message.logIndex}`
}
