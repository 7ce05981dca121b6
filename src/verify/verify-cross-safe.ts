import { formatBlock } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import type { CrossSafeBlock, View } from '../storage/index.js'
import type { Pass, PassContext } from './verify-store.js'

/** The cross-safe chain (rules, section 11, I1). */
export function* verifyCrossSafe({ view, report }: PassContext, chainId: ChainId): Pass {
	let before: CrossSafeBlock | undefined
	for (const block of view.crossSafeFrom(chainId, 0)) {
		const fault = (invariant: 'cross-safe' | 'scopes', detail: string) =>
			report({ invariant, chainId, block: block.number, detail })
		if (before !== undefined) {
			if (block.number !== before.number + 1)
				fault('cross-safe', `${before.number} is followed by ${block.number}: rows between them are missing`)
			if (block.scope < before.scope)
				fault('scopes', `${formatBlock(block)} has scope ${block.scope}, its parent ${before.scope}`)
		}
		const derived = view.localSafe(chainId, block.number)
		const indexed = view.canonical(chainId, block.number)
		if (derived !== undefined && derived.source > block.scope)
			fault(
				'scopes',
				`${formatBlock(block)} is cross-safe at scope ${block.scope}, its source is ${derived.source}`,
			)
		if (indexed !== undefined && indexed.hash !== block.hash)
			fault('cross-safe', `${formatBlock(block)} is not the indexed block, ${formatBlock(indexed)} is`)
		before = block
		yield
	}
}

/** For every scope, the last block that is cross-safe within it. */
export function* verifyScopes({ view, report }: PassContext, chainId: ChainId): Pass {
	let before: CrossSafeBlock | undefined
	for (const row of view.scopes(chainId)) {
		const fault = (detail: string) => report({ invariant: 'scopes', chainId, block: row.scope, detail })
		if (before !== undefined && row.scope !== before.scope + 1)
			fault(`scope ${before.scope} is followed by ${row.scope}: rows between them are missing`)
		if (before !== undefined && row.number < before.number)
			fault(`scope ${row.scope} ends at ${formatBlock(row)}, the one before at ${formatBlock(before)}`)
		const block = view.crossSafe(chainId, row.number)
		const next = view.crossSafe(chainId, row.number + 1)
		if (block?.hash !== row.hash)
			fault(`scope ${row.scope} ends at ${formatBlock(row)}, which is not cross-safe`)
		else if (block.scope > row.scope)
			fault(
				`scope ${row.scope} ends at ${formatBlock(row)}, which is cross-safe from scope ${block.scope} on`,
			)
		if (next !== undefined && next.scope <= row.scope)
			fault(`scope ${row.scope} ends at ${formatBlock(row)}, and ${formatBlock(next)} is within it`)
		if (view.source(chainId, row.scope) === undefined)
			fault(`scope ${row.scope} is not a source of the chain`)
		before = row
		yield
	}
}

/** How the heads of a chain stand to each other. */
export function* verifyHeads({ view, report }: PassContext, chainId: ChainId): Pass {
	yield
	const fault = (block: number, detail: string) => report({ invariant: 'heads', chainId, block, detail })
	const safe = view.crossSafeHead(chainId)
	const lastSafe = lastCrossSafe(view, chainId, safe)
	if (safe !== undefined && lastSafe?.hash !== safe.hash)
		fault(
			safe.number,
			`the last scope ends at ${formatBlock(safe)}, cross-safe at ${lastSafe ? formatBlock(lastSafe) : 'nothing'}`,
		)
	const unsafe = view.crossUnsafe(chainId)
	if (unsafe === undefined) return
	if (safe !== undefined && safe.number > unsafe.number)
		fault(unsafe.number, `cross-unsafe ${formatBlock(unsafe)} is below cross-safe ${formatBlock(safe)}`)
	const indexed = view.canonical(chainId, unsafe.number)
	if (indexed?.hash !== unsafe.hash)
		fault(
			unsafe.number,
			`cross-unsafe ${formatBlock(unsafe)} is not in the log index, which has ${indexed ? formatBlock(indexed) : 'nothing'} there` +
				' (an index that lost its end is fetched again when Vigil runs)',
		)
}

function lastCrossSafe(
	view: View,
	chainId: ChainId,
	head: CrossSafeBlock | undefined,
): CrossSafeBlock | undefined {
	let last: CrossSafeBlock | undefined
	for (const block of view.crossSafeFrom(chainId, head?.number ?? 0)) last = block
	return last
}
