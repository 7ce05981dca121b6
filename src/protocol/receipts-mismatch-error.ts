import { type BlockId, formatBlock } from './block.js'
import { ProtocolError } from './errors.js'

/**
 * A node answered with receipts that are not those of the block: of another block, or with holes. It is that node's
 * error; ask again, or ask another one.
 */
export class ReceiptsMismatchError extends ProtocolError {
	readonly code = -32602
	constructor(
		readonly block: BlockId,
		/** What differs, with its place: `receipts[3].logs[0].logIndex`. */
		readonly field: string,
		readonly expected: string,
		readonly found: string,
	) {
		super(
			`receipts do not belong to block ${formatBlock(block)}`,
			`${field} is ${found}, expected ${expected}`,
		)
	}
}
