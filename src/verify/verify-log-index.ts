import { type BlockRef, formatBlock } from '../protocol/block.js'
import { DataCorruptionError } from '../protocol/errors.js'
import type { ChainIdentity, LogBlock, SealedBlock, View } from '../storage/index.js'
import { childFault } from './child-fault.js'
import { verifyMessages } from './verify-messages.js'
import type { Pass, PassContext } from './verify-store.js'

/** The local-unsafe chain with the log record of every block, and what its blocks execute. */
export function* verifyLogIndex(context: PassContext, { chainId, l2Genesis }: ChainIdentity): Pass {
	const { view, report } = context
	let before: BlockRef | undefined
	for (const block of view.canonicalFrom(chainId, 0)) {
		if (before === undefined) {
			if (block.number === l2Genesis.number && block.hash !== l2Genesis.hash)
				report({
					invariant: 'genesis',
					chainId,
					block: block.number,
					detail: `the index begins with ${formatBlock(block)}, genesis is ${formatBlock(l2Genesis)}`,
				})
		} else {
			const detail = isAfterPruned(view, chainId, before, block) ? undefined : childFault(before, block)
			if (detail !== undefined) report({ invariant: 'log-index', chainId, block: block.number, detail })
			const record = verifyRecord(context, chainId, block)
			if (record !== undefined) verifyMessages(context, chainId, block, record.logs.executing)
		}
		before = block
		yield
	}
}

/** Whether retention has removed what was between the first block of the index and this one. */
function isAfterPruned(
	view: View,
	chainId: ChainIdentity['chainId'],
	before: BlockRef,
	block: BlockRef,
): boolean {
	return (
		before.number === view.anchor(chainId)?.number &&
		block.number > before.number + 1 &&
		block.number === view.firstCrossSafe(chainId)?.number
	)
}

function verifyRecord(
	{ view, report }: PassContext,
	chainId: ChainIdentity['chainId'],
	block: SealedBlock,
): LogBlock | undefined {
	const fault = (detail: string) => report({ invariant: 'log-record', chainId, block: block.number, detail })
	let record: LogBlock | undefined
	try {
		record = view.logBlock(chainId, block)
	} catch (error) {
		// Of one block only, so the others are read all the same.
		if (!(error instanceof DataCorruptionError)) throw error
		fault(error.message)
		return undefined
	}
	if (record === undefined) fault(`${formatBlock(block)} is indexed and has no log record`)
	else if (record.ref.parentHash !== block.parentHash)
		fault(
			`the log record of ${formatBlock(block)} has the parent ${record.ref.parentHash}, not ${block.parentHash}`,
		)
	else if (record.ref.timestamp !== block.timestamp)
		fault(`the log record of ${formatBlock(block)} has time ${record.ref.timestamp}, not ${block.timestamp}`)
	else if (record.logs.logCount !== block.logCount)
		fault(`the log record of ${formatBlock(block)} has ${record.logs.logCount} logs, not ${block.logCount}`)
	return record
}
