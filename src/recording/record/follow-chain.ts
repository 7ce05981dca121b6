import type { BlockRef } from '../../protocol/block.js'
import { ChainUnsettledError } from './record-errors.js'

/** A chain that is cut back by more than this in one run is not recorded but chased. */
const MAX_STEPS_BACK = 4_096

/** Blocks that are kept, as one chain. */
export interface KeptChain<T extends { readonly block: BlockRef }> {
	readonly first: number
	/** The newest. */
	readonly last: { readonly block: BlockRef } | undefined
	add(entry: T): void
	/** Drops the newest. */
	dropLast(): void
}

export interface FollowOptions<T extends { readonly block: BlockRef }> {
	readonly name: string
	readonly kept: KeptChain<T>
	readonly fetch: (number: number) => Promise<T | undefined>
	/** Blocks that are fetched at a time. */
	readonly ahead: () => number
	/** No later block is asked for, if there is a last one. */
	readonly to?: number
	/** Whether nothing is wanted behind this block. */
	readonly isEnd: (last: { readonly block: BlockRef }) => boolean
	readonly added: (entry: T) => void
}

/**
 * Fetches what is missing of a chain, in order, several blocks at a time. A block that does not build on the newest
 * kept one means a reorg: kept blocks are dropped and fetched again until the chain is one.
 * @returns false if the chain ended before the end that was wanted
 * @throws ChainUnsettledError, and what `fetch` throws
 */
export async function followChain<T extends { readonly block: BlockRef }>(
	options: FollowOptions<T>,
): Promise<boolean> {
	const { name, kept, fetch, ahead, to = Number.POSITIVE_INFINITY, isEnd, added } = options
	const window = new Map<number, Promise<T | undefined>>()
	let stepsBack = 0
	let isBacking = false
	for (;;) {
		const { last } = kept
		if (last !== undefined && isEnd(last)) return true
		const next = last === undefined ? kept.first : last.block.number + 1
		const size = isBacking ? 1 : Math.max(1, ahead())
		for (let number = next; number < next + size && number <= to; number++) {
			if (window.has(number)) continue
			const fetched = fetch(number)
			// Looked at in its turn, or never if the window is dropped.
			fetched.catch(() => undefined)
			window.set(number, fetched)
		}
		const entry = await window.get(next)
		if (entry === undefined) return false
		window.delete(next)
		if (last !== undefined && entry.block.parentHash !== last.block.hash) {
			if (++stepsBack > MAX_STEPS_BACK) {
				throw new ChainUnsettledError(
					`${name} was reorged by more than ${MAX_STEPS_BACK} blocks below block ${next}, or its endpoint answers from different chains`,
				)
			}
			window.clear()
			isBacking = true
			kept.dropLast()
			continue
		}
		isBacking = false
		kept.add(entry)
		added(entry)
	}
}
