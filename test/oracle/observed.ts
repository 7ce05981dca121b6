import type { BlockId } from '../../src/protocol/block.js'
import type { CrossSafeBlock, LocalSafeBlock, View } from '../../src/storage/index.js'
import type { JudgedBlock, JudgedChain, JudgedWorld } from './judged.js'
import type { WorldBlock } from './world.js'

export interface Settled<B extends JudgedBlock = WorldBlock> {
	readonly block: B
	/** xsource: the first scope at which it stands. */
	readonly scope: number
}

/** One chain as the store has it. */
export interface ObservedChain<B extends JudgedBlock = WorldBlock> {
	readonly chain: JudgedChain<B>
	readonly isStarted: boolean
	readonly crossSafe: readonly Settled<B>[]
	/** The newest scope with the block that stands there. */
	readonly head: Settled<B> | undefined
	/** canon(n): blocks with their first source. */
	readonly localSafe: ReadonlyMap<number, { readonly block: B; readonly source: number }>
	/** The L1 block up to which local-safe knows what is derived. */
	readonly lastSource: number | undefined
	readonly marked: B | undefined
	readonly invalidated: readonly B[]
	/** The scopes within which they were found invalid. */
	readonly invalidScopes: ReadonlyMap<B, number>
	readonly index: ReadonlyMap<number, B>
	readonly indexHead: B | undefined
	readonly crossUnsafe: B | undefined
}

/** Rows that retention has removed of one chain: they were final, so they stand for ever. */
export interface RemovedRows {
	readonly crossSafe: readonly CrossSafeBlock[]
	readonly localSafe: readonly LocalSafeBlock[]
	readonly index: readonly BlockId[]
}

const NOTHING_REMOVED: RemovedRows = { crossSafe: [], localSafe: [], index: [] }

/** Reads all that the invariants speak of, and what was removed as if it was still there. */
export function observe<B extends JudgedBlock>(
	view: View,
	world: JudgedWorld<B>,
	chain: JudgedChain<B>,
	removed = NOTHING_REMOVED,
): ObservedChain<B> {
	const { chainId } = chain
	const head = view.crossSafeHead(chainId)
	const unsafe = view.crossUnsafe(chainId)
	const top = view.localUnsafe(chainId)
	const marker = view.pendingInvalidation(chainId)
	const crossSafe: Settled<B>[] = []
	const localSafe = new Map<number, { block: B; source: number }>()
	const index = new Map<number, B>()
	for (const { hash, scope } of [...removed.crossSafe, ...view.crossSafeFrom(chainId, 0)])
		crossSafe.push({ block: world.block(hash), scope })
	for (const { number, hash, source } of [...removed.localSafe, ...view.localSafeFrom(chainId, 0)])
		localSafe.set(number, { block: world.block(hash), source })
	const indexed = [...removed.index, ...view.canonicalFrom(chainId, 0)].sort((a, b) => a.number - b.number)
	for (const { number, hash } of indexed) index.set(number, world.block(hash))
	const invalidScopes = new Map(
		view.invalidatedBlocks(chainId).map(({ block, scope }) => [world.block(block.hash), scope]),
	)
	return {
		chain,
		isStarted: top !== undefined,
		crossSafe,
		head: head && { block: world.block(head.hash), scope: head.scope },
		localSafe,
		lastSource: view.lastSource(chainId)?.source.number,
		marked: marker && world.block(marker.block.hash),
		invalidated: [...invalidScopes.keys()],
		invalidScopes,
		index,
		indexHead: top && world.block(top.hash),
		crossUnsafe: unsafe && world.block(unsafe.hash),
	}
}
