import { type BlockRef, formatBlock } from '../protocol/block.js'

/** Why `block` is not the later child of the row before it; undefined if it is. */
export function childFault(before: BlockRef, block: BlockRef): string | undefined {
	if (block.number !== before.number + 1)
		return `${formatBlock(before)} is followed by ${formatBlock(block)}: rows between them are missing`
	if (block.parentHash !== before.hash)
		return `${formatBlock(block)} has the parent ${block.parentHash}, below it is ${formatBlock(before)}`
	if (block.timestamp <= before.timestamp)
		return `${formatBlock(block)} has time ${block.timestamp}, its parent ${before.timestamp}`
	return undefined
}
