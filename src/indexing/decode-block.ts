import type { BlockId } from '../protocol/block.js'
import { decodeReceipts } from '../protocol/decode-receipts.js'
import type { BlockLogs } from '../protocol/executing-message.js'
import { scanReceipts } from '../protocol/scan-receipts.js'

/**
 * Reads the logs of `block` out of the whole answer to a receipts call. The scanner takes what nodes normally
 * send; whatever it does not know goes to the plain decoder, which is its specification.
 * @throws as decodeReceipts does
 */
export function decodeBlock(answer: Buffer, block: BlockId, verifyBlooms: boolean): BlockLogs {
	if (verifyBlooms) return decodeReceipts(answer, block, { verifyBlooms })
	return scanReceipts(answer, block) ?? decodeReceipts(answer, block)
}
