import { type BlockRef, formatBlock } from '../protocol/block.js'
import type { Pass, PassContext } from './verify-store.js'

/** The stored L1 chain, which may have gaps where no chain derives from it, and the finalized block on it. */
export function* verifyL1({ view, report }: PassContext): Pass {
	let before: BlockRef | undefined
	for (const block of view.l1Blocks()) {
		const fault = (detail: string) =>
			report({ invariant: 'l1-chain', chainId: null, block: block.number, detail })
		if (before !== undefined) {
			if (block.number === before.number + 1 && block.parentHash !== before.hash)
				fault(`${formatBlock(block)} has the parent ${block.parentHash}, below it is ${formatBlock(before)}`)
			if (block.timestamp <= before.timestamp)
				fault(`${formatBlock(block)} has time ${block.timestamp}, ${formatBlock(before)} ${before.timestamp}`)
		}
		before = block
		yield
	}
	const finalized = view.finalizedL1
	const stored = finalized && view.l1(finalized.number)
	if (finalized !== undefined && stored !== undefined && stored.hash !== finalized.hash)
		report({
			invariant: 'finalized-l1',
			chainId: null,
			block: finalized.number,
			detail: `${formatBlock(finalized)} is finalized, stored is ${formatBlock(stored)}`,
		})
}
