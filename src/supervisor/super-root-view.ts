import type { RollupConfig } from '../config/rollup-config.js'
import { type BlockId, type BlockRef, type BlockSeal, blockId, formatBlock } from '../protocol/block.js'
import { type ChainId, compareChainIds } from '../protocol/chain-id.js'
import { FutureDataError, SkippedDataError } from '../protocol/errors.js'
import { ZERO_HASH } from '../protocol/hash.js'
import type { View } from '../storage/index.js'
import { scopeOf } from './derivation-reads.js'
import type { OutputKind } from './node-outputs.js'
import { oldest } from './sync-status.js'

export type Rollups = ReadonlyMap<ChainId, Pick<RollupConfig, 'genesis' | 'blockTime'>>

/** Which output of which block a super root needs. */
export interface WantedOutput {
	readonly chainId: ChainId
	readonly block: BlockSeal
	readonly kind: OutputKind
}

/** A cross-safe block, and the block that was first derived in its place if that is another one. */
export interface SafeBlock {
	readonly canonical: WantedOutput
	readonly pending: WantedOutput
	readonly source: BlockRef
}

/** A block as first derived, with its first local source. */
export interface OptimisticBlock {
	readonly output: WantedOutput
	readonly requiredL1: BlockId
}

/** Everything of `superroot_atTimestamp` but the outputs. */
export interface OptimisticView {
	readonly currentL1: BlockId
	readonly safeTimestamp: number
	readonly localSafeTimestamp: number
	readonly finalizedTimestamp: number
	readonly chainIds: readonly ChainId[]
	readonly optimistic: readonly OptimisticBlock[]
	/** One for each chain, or undefined while any is not cross-safe. */
	readonly safe: readonly SafeBlock[] | undefined
}

const NO_BLOCK: BlockId = { hash: ZERO_HASH, number: 0 }

/**
 * The cross-safe blocks of all chains at a time, ascending by chain.
 * @throws SkippedDataError before the first block of a chain
 * @throws FutureDataError whose message contains "not found" if a block is not cross-safe yet: clients look for that
 */
export function safeBlocksAt(view: View, rollups: Rollups, timestamp: bigint): SafeBlock[] {
	return chainIdsOf(rollups).map((chainId) => {
		const number = numberAt(rollups, chainId, timestamp)
		if (number === undefined)
			throw new SkippedDataError(
				`chain ${chainId} did not reach genesis time (${rollups.get(chainId)?.genesis.l2Time}) yet`,
			)
		const block = safeBlock(view, chainId, number)
		if (block !== undefined) return block
		const first = view.firstCrossSafe(chainId)
		if (first !== undefined && number < first.number)
			throw new SkippedDataError(
				`block ${number} of chain ${chainId} is before its first cross-safe block ${formatBlock(first)}`,
			)
		throw new FutureDataError(`block ${number} of chain ${chainId} is not cross-safe yet: not found`)
	})
}

/**
 * What is known at a time of all chains, cross-safe or not.
 * @throws SkippedDataError for a time of which retention has removed the blocks: that they are gone must not look as if
 * they were not there yet
 */
export function optimisticView(view: View, rollups: Rollups, timestamp: bigint): OptimisticView {
	const chainIds = chainIdsOf(rollups)
	const optimistic: OptimisticBlock[] = []
	const safe: SafeBlock[] = []
	for (const chainId of chainIds) {
		const number = numberAt(rollups, chainId, timestamp)
		if (number === undefined) continue
		mustBeKept(view, chainId, number)
		const first = optimisticBlock(view, chainId, number)
		if (first !== undefined) optimistic.push(first)
		const block = safeBlock(view, chainId, number)
		if (block !== undefined) safe.push(block)
	}
	return {
		currentL1: currentL1(view),
		safeTimestamp: oldest(view, (chainId) => view.crossSafeHead(chainId)),
		localSafeTimestamp: oldest(view, (chainId) => view.localSafeHead(chainId)?.derived),
		finalizedTimestamp: oldest(view, (chainId) => view.finalized(chainId)),
		chainIds,
		optimistic,
		safe: safe.length === chainIds.length ? safe : undefined,
	}
}

function mustBeKept(view: View, chainId: ChainId, number: number): void {
	const anchor = view.anchor(chainId)
	const kept = view.firstKept(chainId)
	if (anchor === undefined || kept === undefined || number >= kept.number || number < anchor.number) return
	throw new SkippedDataError(
		`block ${number} of chain ${chainId} is before ${formatBlock(kept)}, from which on blocks are kept`,
	)
}

/** Ascending. */
export function chainIdsOf(rollups: Rollups): ChainId[] {
	return [...rollups.keys()].sort(compareChainIds)
}

/** The block of a chain at a time; undefined before its genesis. */
export function numberAt(rollups: Rollups, chainId: ChainId, timestamp: bigint): number | undefined {
	const rollup = rollups.get(chainId)
	if (rollup === undefined || timestamp < BigInt(rollup.genesis.l2Time)) return undefined
	const { genesis, blockTime } = rollup
	return genesis.l2.number + Number((timestamp - BigInt(genesis.l2Time)) / BigInt(blockTime))
}

function safeBlock(view: View, chainId: ChainId, number: number): SafeBlock | undefined {
	const crossSafe = view.crossSafe(chainId, number)
	const derived = view.localSafe(chainId, number)
	if (crossSafe === undefined || derived === undefined) return undefined
	const canonical: WantedOutput = { chainId, block: seal(derived), kind: 'canonical' }
	const original = derived.scope === null ? undefined : originalOf(view, chainId, derived)
	const pending: WantedOutput =
		original === undefined ? canonical : { chainId, block: seal(original.block), kind: 'pending' }
	return { canonical, pending, source: scopeOf(view, crossSafe) }
}

/** The block that was first derived at a number: one that was replaced, or waits for it, or the one that stands. */
function optimisticBlock(view: View, chainId: ChainId, number: number): OptimisticBlock | undefined {
	const derived = view.localSafe(chainId, number)
	const marker = view.pendingInvalidation(chainId)
	const original =
		derived === undefined
			? marker?.block.number === number
				? marker
				: undefined
			: derived.scope === null
				? undefined
				: originalOf(view, chainId, derived)
	const first = original ?? (derived && { block: derived, source: derived.source })
	if (first === undefined) return undefined
	const source = view.l1(first.source)
	const kind = original === undefined ? 'canonical' : 'pending'
	return {
		output: { chainId, block: seal(first.block), kind },
		requiredL1: source === undefined ? NO_BLOCK : blockId(source),
	}
}

/** The block in whose place a replacement stands. */
function originalOf(view: View, chainId: ChainId, replacement: BlockId) {
	return view
		.invalidatedBlocks(chainId)
		.find((row) => row.block.number === replacement.number && row.replacement?.hash === replacement.hash)
}

/** The newest L1 block that the nodes of all chains have used up. */
function currentL1(view: View): BlockId {
	const complete = view.chainIds.map((chainId) => {
		const last = view.lastSource(chainId)
		if (last === undefined) return -1
		return last.complete ? last.source.number : last.source.number - 1
	})
	const block = view.l1(Math.min(...complete))
	return block === undefined ? NO_BLOCK : blockId(block)
}

function seal({ hash, number, timestamp }: BlockSeal): BlockSeal {
	return { hash, number, timestamp }
}
