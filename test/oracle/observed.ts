import type { View } from '../../src/storage/index.js'
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

/** Reads all that the invariants speak of. */
export function observe<B extends JudgedBlock>(
	view: View,
	world: JudgedWorld<B>,
	chain: JudgedChain<B>,
): ObservedChain<B> {
	const { chainId } = chain
	const head = view.crossSafeHead(chainId)
	const unsafe = view.crossUnsafe(chainId)
	const top = view.localUnsafe(chainId)
	const marker = view.pendingInvalidation(chainId)
	const crossSafe: Settled<B>[] = []
	const localSafe = new Map<number, { block: B; source: number }>()
	const index = new Map<number, B>()
	for (const { hash, scope } of view.crossSafeFrom(chainId, 0))
		crossSafe.push({ block: world.block(hash), scope })
	for (const { number, hash, source } of view.localSafeFrom(chainId, 0))
		localSafe.set(number, { block: world.block(hash), source })
	for (const { number, hash } of view.canonicalFrom(chainId, 0)) index.set(number, world.block(hash))
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
