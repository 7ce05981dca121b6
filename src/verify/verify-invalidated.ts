import { formatBlock } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import type { InvalidatedBlock } from '../storage/index.js'
import type { Pass, PassContext } from './verify-store.js'

/** Blocks that were found invalid: nothing stands on them any more (rules, section 7). */
export function* verifyInvalidated(context: PassContext, chainId: ChainId): Pass {
	const { view, report } = context
	const rows = view.invalidatedBlocks(chainId)
	const waiting = rows.filter(({ replacement }) => replacement === null)
	for (const row of waiting.slice(1))
		report({
			invariant: 'invalidated',
			chainId,
			block: row.block.number,
			detail: `${formatBlock(row.block)} waits for its replacement, and so does another block`,
		})
	for (const row of rows) {
		verifyRow(context, chainId, row)
		yield
	}
}

function verifyRow({ view, report }: PassContext, chainId: ChainId, row: InvalidatedBlock): void {
	const { block, replacement } = row
	const fault = (detail: string) => report({ invariant: 'invalidated', chainId, block: block.number, detail })
	const derived = view.localSafe(chainId, block.number)
	const indexed = view.canonical(chainId, block.number)
	if (derived?.hash === block.hash) fault(`${formatBlock(block)} is local-safe`)
	if (indexed?.hash === block.hash) fault(`${formatBlock(block)} is in the log index`)
	if (replacement === null) {
		if (derived !== undefined)
			fault(`${formatBlock(block)} is not replaced, and ${formatBlock(derived)} is local-safe`)
		if (view.crossSafeHead(chainId)?.hash !== block.parentHash)
			fault(`${formatBlock(block)} is not replaced, and its parent is not the cross-safe head`)
	} else if (derived !== undefined && derived.hash !== replacement.hash && derived.hash !== block.hash)
		fault(
			`${formatBlock(block)} is replaced by ${formatBlock(replacement)}, and ${formatBlock(derived)} is local-safe`,
		)
}
