import { formatBlock } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import { ZERO_HASH } from '../protocol/hash.js'
import type { LocalSafeBlock, SourceLink, View } from '../storage/index.js'
import { childFault } from './child-fault.js'
import type { Pass, PassContext } from './verify-store.js'

/** The local-safe chain, and that its sources are known and do not go back. */
export function* verifyLocalSafe({ view, report }: PassContext, chainId: ChainId): Pass {
	let before: LocalSafeBlock | undefined
	for (const { row, at } of view.localSafeRows(chainId, 0)) {
		const parentHash = row.parentHash ?? before?.hash
		const block: LocalSafeBlock = { ...row, parentHash: parentHash ?? ZERO_HASH, number: at }
		if (parentHash === undefined)
			report({
				invariant: 'local-safe',
				chainId,
				block: at,
				detail: `${formatBlock(block)} has no parent: rows before it are missing`,
			})
		if (before !== undefined) {
			const detail = childFault(before, block)
			if (detail !== undefined) report({ invariant: 'local-safe', chainId, block: block.number, detail })
			if (block.source < before.source)
				report({
					invariant: 'sources',
					chainId,
					block: block.number,
					detail: `local-safe ${formatBlock(block)} has source ${block.source}, its parent ${before.source}`,
				})
		}
		if (view.source(chainId, block.source) === undefined)
			report({
				invariant: 'sources',
				chainId,
				block: block.number,
				detail: `local-safe ${formatBlock(block)} has source ${block.source}, which the chain does not have`,
			})
		before = block
		yield
	}
}

/**
 * The L1 blocks that a chain has derived from. The first one is kept whatever L1 does, so only later ones must be on
 * the stored L1 chain.
 */
export function* verifySources({ view, report }: PassContext, chainId: ChainId): Pass {
	let before: SourceLink | undefined
	for (const link of view.sources(chainId)) {
		const { source } = link
		const fault = (detail: string) => report({ invariant: 'sources', chainId, block: source.number, detail })
		if (before !== undefined) {
			if (source.number !== before.source.number + 1)
				fault(`source ${before.source.number} is followed by ${source.number}: rows between them are missing`)
			if (!before.complete) fault(`source ${before.source.number} was left and is not complete`)
			const l1 = view.l1(source.number)
			if (l1?.hash !== source.hash)
				fault(
					`source ${formatBlock(source)} is not on L1, where there is ${l1 ? formatBlock(l1) : 'nothing'}`,
				)
		}
		if (!endsOnChain(view, chainId, link))
			fault(`source ${source.number} ends at ${formatBlock(link.derived)}, which is not local-safe`)
		before = link
		yield
	}
	const head = lastLocalSafe(view, chainId, before)
	if (before !== undefined && head?.hash !== before.derived.hash)
		report({
			invariant: 'sources',
			chainId,
			block: before.source.number,
			detail: `the last source ends at ${formatBlock(before.derived)}, local-safe at ${head ? formatBlock(head) : 'nothing'}`,
		})
}

/** Rows below the scope of an invalidation stay as they were known then: they may end at the invalid block, or above. */
function endsOnChain(view: View, chainId: ChainId, { source, derived }: SourceLink): boolean {
	if (view.localSafe(chainId, derived.number)?.hash === derived.hash) return true
	return view
		.invalidatedBlocks(chainId)
		.some(({ block, scope }) => block.number <= derived.number && source.number < scope)
}

/** The last row of local-safe, found from the block that the last source names. */
function lastLocalSafe(
	view: View,
	chainId: ChainId,
	last: SourceLink | undefined,
): LocalSafeBlock | undefined {
	let head: LocalSafeBlock | undefined
	for (const block of view.localSafeFrom(chainId, last?.derived.number ?? 0)) head = block
	return head
}
