import { type BlockRef, type DerivedBlockRefPair, formatBlock, sameBlock } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import {
	AwaitingReplacementError,
	ConflictError,
	FutureDataError,
	OutOfOrderError,
} from '../protocol/errors.js'
import type { LocalSafeRow, SourceRow } from './rows.js'
import { checkExtends } from './seal.js'
import { chainTables, type Tables } from './tables.js'
import type { View } from './view.js'

/** What main has decided to take from one or more events of a chain's node. All of it or nothing is written. */
export interface LinkBatch {
	/** L1 blocks beyond those named by `links`: each fits the stored ones next to it. */
	readonly l1?: readonly BlockRef[]
	/**
	 * In order. Each has the source of the one before it and the next derived block, or the next source and the same
	 * derived block; a repeat of the last one is fine. The first ever is taken as it is. A source that is left is
	 * complete.
	 */
	readonly links?: readonly DerivedBlockRefPair[]
	/** Numbers of sources (stored or in this batch) that the node has used up. */
	readonly complete?: readonly number[]
	/** Where the node's derivation stands. */
	readonly derivationOrigin?: BlockRef
}

/**
 * Appends L1 blocks, sources and local-safe blocks (protocol notes, "Adding to local-safe"). The caller has decided
 * that they are news; what contradicts the store is refused all the same, before anything is put.
 * @throws ConflictError another block at that place, parents that do not match, time that does not grow, an
 * invalidated block. @throws FutureDataError a gap. @throws OutOfOrderError behind, or both advance at once.
 * @throws AwaitingReplacementError while a marker stands.
 */
export function appendLinks(tables: Tables, view: View, chainId: ChainId, batch: LinkBatch): void {
	const plan = new LinkPlan(view, chainId)
	for (const block of batch.l1 ?? []) plan.addL1(block)
	for (const link of batch.links ?? []) plan.addLink(link)
	for (const number of batch.complete ?? []) plan.complete(number)

	const chain = chainTables(tables, chainId)
	for (const { number, hash, parentHash, timestamp } of plan.l1.values())
		tables.l1.put(number, { hash, parentHash, timestamp })
	for (const [number, row] of plan.sources) chain.sources.put(number, row)
	for (const [number, row] of plan.localSafe) chain.localSafe.put(number, row)
	if (batch.derivationOrigin !== undefined)
		tables.state.put(`derivationOrigin/${chainId}`, batch.derivationOrigin)
}

/** Checks a batch against the store and collects the rows to put. */
class LinkPlan {
	readonly l1 = new Map<number, BlockRef>()
	readonly sources = new Map<number, SourceRow>()
	readonly localSafe = new Map<number, LocalSafeRow>()
	private source: { readonly number: number; readonly row: SourceRow } | undefined
	private derived: BlockRef | undefined
	private readonly marker: BlockRef | undefined

	constructor(
		private readonly view: View,
		private readonly chainId: ChainId,
	) {
		const last = view.lastSource(chainId)
		if (last !== undefined) this.source = { number: last.source.number, row: toRow(last) }
		this.derived = view.localSafeHead(chainId)?.derived
		this.marker = view.pendingInvalidation(chainId)?.block
	}

	/**
	 * L1 blocks are stored where chains derive from them. Chains that start from different L1 blocks leave gaps, which
	 * later links fill; a block must fit those next to it.
	 */
	addL1(block: BlockRef): void {
		const at = (number: number) => this.l1.get(number) ?? this.view.l1(number)
		const stored = at(block.number)
		if (stored !== undefined) {
			if (stored.hash === block.hash) return
			throw new ConflictError(`L1 ${formatBlock(block)} is not ${formatBlock(stored)}`)
		}
		const before = at(block.number - 1)
		if (before !== undefined && before.hash !== block.parentHash)
			throw new ConflictError(`L1 ${formatBlock(block)} does not extend ${formatBlock(before)}`)
		const after = at(block.number + 1)
		if (after !== undefined && after.parentHash !== block.hash)
			throw new ConflictError(`L1 ${formatBlock(block)} is not the parent of ${formatBlock(after)}`)
		this.l1.set(block.number, block)
	}

	addLink({ source, derived }: DerivedBlockRefPair): void {
		if (this.marker !== undefined)
			throw new AwaitingReplacementError(
				`chain ${this.chainId}: ${formatBlock(this.marker)} is not replaced yet`,
			)
		const last = this.source
		if (last === undefined || this.derived === undefined) {
			this.addL1(source)
			this.addDerived(derived, source.number)
			this.setSource(source, derived, false)
			return
		}
		const newDerived = this.checkDerived(this.derived, derived)
		const newSource = this.checkSource(last.number, last.row, source)
		if (newDerived && newSource)
			throw new OutOfOrderError(
				`chain ${this.chainId}: source ${formatBlock(source)} and derived ${formatBlock(derived)} advance at once`,
			)
		if (newSource) {
			this.addL1(source)
			this.sources.set(last.number, { ...last.row, complete: true })
			this.setSource(source, derived, false)
		}
		if (newDerived) {
			this.addDerived(derived, source.number)
			this.setSource(source, derived, last.row.complete)
		}
	}

	complete(number: number): void {
		const stored = this.view.source(this.chainId, number)
		const row = this.sources.get(number) ?? (stored && toRow(stored))
		if (row === undefined)
			throw new OutOfOrderError(`chain ${this.chainId} has no source ${number} to complete`)
		this.sources.set(number, { ...row, complete: true })
		if (this.source?.number === number) this.source = { number, row: { ...row, complete: true } }
	}

	/** Whether `derived` is the next block; it may also be the last one again. */
	private checkDerived(last: BlockRef, derived: BlockRef): boolean {
		if (sameBlock(last, derived)) return false
		if (last.number === derived.number)
			throw new ConflictError(
				`chain ${this.chainId}: local-safe ${formatBlock(derived)} is not ${formatBlock(last)}`,
			)
		checkExtends(this.chainId, last, derived)
		return true
	}

	private checkSource(last: number, row: SourceRow, source: BlockRef): boolean {
		const found = `chain ${this.chainId}: source ${formatBlock(source)}`
		if (source.number === last) {
			if (source.hash !== row.hash)
				throw new ConflictError(`${found} is not ${formatBlock({ number: last, hash: row.hash })}`)
			return false
		}
		if (source.number < last) throw new OutOfOrderError(`${found} is behind ${last}`)
		if (source.number > last + 1) throw new FutureDataError(`${found} leaves a gap above ${last}`)
		if (source.parentHash !== row.hash)
			throw new ConflictError(`${found} does not extend ${formatBlock({ number: last, hash: row.hash })}`)
		return true
	}

	private addDerived(derived: BlockRef, source: number): void {
		if (this.view.invalidated(this.chainId, derived) !== undefined)
			throw new ConflictError(`chain ${this.chainId}: ${formatBlock(derived)} was invalidated`)
		const { hash, timestamp } = derived
		const parentHash = this.derived === undefined ? derived.parentHash : null
		this.localSafe.set(derived.number, { hash, parentHash, timestamp, source, scope: null })
		this.derived = derived
	}

	private setSource(source: BlockRef, derived: BlockRef, complete: boolean): void {
		const row = { hash: source.hash, derivedNumber: derived.number, derivedHash: derived.hash, complete }
		this.sources.set(source.number, row)
		this.source = { number: source.number, row }
	}
}

function toRow(link: ReturnType<View['lastSource']> & object): SourceRow {
	const { source, derived, complete } = link
	return { hash: source.hash, derivedNumber: derived.number, derivedHash: derived.hash, complete }
}
