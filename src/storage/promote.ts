import { type BlockId, formatBlock } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import { ConflictError, OutOfOrderError } from '../protocol/errors.js'
import type { ScopeRow } from './rows.js'
import type { CrossSafeBlock } from './stored-blocks.js'
import { chainTables, type Tables } from './tables.js'
import type { View } from './view.js'

/** Promotions of one chain, in order. */
export interface ChainPromotion {
	readonly chainId: ChainId
	/**
	 * Entries on top of the chain's last: the next block at the same scope, or the same block at the next scope (a
	 * bump). The first ever is taken as it is. Each block must be the local-safe one, with a source within the scope.
	 */
	readonly crossSafe?: readonly CrossSafeBlock[]
	/** The new cross-unsafe head; the cross-safe head if that is higher. */
	readonly crossUnsafe?: BlockId
}

export interface Promotion {
	/** Generation of the view on which the promotions were computed. */
	readonly generation: number
	readonly chains: readonly ChainPromotion[]
}

/**
 * Commits promotions, unless a cut was made since they were computed: then nothing is written and false returned.
 * @throws ConflictError, OutOfOrderError if an entry does not fit the tables (rules, section 11, I1).
 */
export function promote(tables: Tables, view: View, promotion: Promotion): boolean {
	if (view.generation !== promotion.generation) return false
	for (const chain of promotion.chains) checkChain(view, chain)
	for (const chain of promotion.chains) putChain(tables, view, chain)
	return true
}

function checkChain(view: View, { chainId, crossSafe = [], crossUnsafe }: ChainPromotion): void {
	let head = view.crossSafeHead(chainId)
	for (const entry of crossSafe) {
		const found = `chain ${chainId}: cross-safe ${formatBlock(entry)} at scope ${entry.scope}`
		if (head !== undefined) {
			const bump = entry.number === head.number && entry.scope === head.scope + 1
			const next = entry.number === head.number + 1 && entry.scope === head.scope
			if (!bump && !next)
				throw new OutOfOrderError(`${found} does not follow ${formatBlock(head)} at scope ${head.scope}`)
			if (bump && entry.hash !== head.hash) throw new ConflictError(`${found} is not ${formatBlock(head)}`)
		}
		const canonical = view.localSafe(chainId, entry.number)
		if (canonical?.hash !== entry.hash) throw new ConflictError(`${found} is not the local-safe block`)
		if (head !== undefined && entry.number !== head.number && canonical.parentHash !== head.hash)
			throw new ConflictError(`${found} has parent ${canonical.parentHash}, not ${formatBlock(head)}`)
		if (canonical.source > entry.scope) throw new ConflictError(`${found} has source ${canonical.source}`)
		head = entry
	}
	if (crossUnsafe !== undefined && view.canonical(chainId, crossUnsafe.number)?.hash !== crossUnsafe.hash)
		throw new ConflictError(`chain ${chainId}: cross-unsafe ${formatBlock(crossUnsafe)} is not local-unsafe`)
}

function putChain(
	tables: Tables,
	view: View,
	{ chainId, crossSafe = [], crossUnsafe }: ChainPromotion,
): void {
	const chain = chainTables(tables, chainId)
	const scopes = new Map<number, ScopeRow>()
	let head = view.crossSafeHead(chainId)
	for (const { number, hash, scope } of crossSafe) {
		if (head?.number !== number) chain.crossSafe.put(number, { scope })
		scopes.set(scope, { number, hash })
		head = { number, hash, scope }
	}
	for (const [scope, row] of scopes) chain.scopes.put(scope, row)
	// Raised to cross-safe if that overtakes it, or if it is another block at that height (rules, section 9). It is
	// stored even where it equals cross-safe: an L1 reorg lowers cross-safe, and cross-unsafe only if it must.
	const unsafe = crossUnsafe ?? tables.state.crossUnsafe(chainId, {})
	const isOvertaken =
		head !== undefined &&
		(unsafe === undefined ||
			head.number > unsafe.number ||
			(head.number === unsafe.number && head.hash !== unsafe.hash))
	const raised = isOvertaken ? head : unsafe
	if (raised !== undefined)
		tables.state.put(`crossUnsafe/${chainId}`, { hash: raised.hash, number: raised.number })
}
