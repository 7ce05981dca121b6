import type { BlockRef } from '../protocol/block.js'
import type { Hash } from '../protocol/hash.js'

/**
 * What the feed asks of L1. Each call is one attempt: retries and their pace belong to the feed.
 * Every call rejects with `L1RequestError` when L1 cannot be asked and with `L1ResponseError` when it answers
 * with something else than what was asked for.
 */
export interface L1Source {
	latest(): Promise<BlockRef>
	/** The block under the `finalized` label, or undefined while L1 has none. */
	finalized(): Promise<BlockRef | undefined>
	/** Undefined if this view of L1 has no such block. */
	byNumber(number: number): Promise<BlockRef | undefined>
	/** Blocks `from` to `to` (both included) in order, in as few round trips as the endpoint allows. */
	byNumbers(from: number, to: number): Promise<(BlockRef | undefined)[]>
	byHash(hash: Hash): Promise<BlockRef | undefined>
	chainId(): Promise<bigint>
	/**
	 * Asks for new heads to be pushed. Absent if no endpoint can push.
	 * @param onHead called with each new head that is well-formed
	 * @param onEnd called once when heads stop coming, unless `end` was called
	 * @returns `end`, which stops the heads
	 */
	subscribe?(onHead: (head: BlockRef) => void, onEnd: (reason: Error) => void): Promise<() => void>
	/** Ends every request and connection. */
	close(): void
}
