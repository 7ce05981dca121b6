import type { ChainWork, ClusterReading, StoreReading, WorkReading } from './cluster-reading.js'

/**
 * A chain whose log index is this far behind what its nodes have announced answers "future data" to what is new: 64
 * blocks are one range, and two minutes of two-second blocks.
 */
export const READY_WITHIN_BLOCKS = 64

/** Why a process should not be asked yet, or any more. */
export interface NotReady {
	/** For programs. */
	readonly code:
		| 'starting'
		| 'no-blocks'
		| 'chain-stopped'
		| 'index-behind'
		| 'no-node'
		| 'no-l1'
		| 'l1-held'
		| 'storage-fault'
		| 'stuck'
	/** Decimal; missing if it is about all. */
	readonly chain?: string
	/** For people. */
	readonly reason: string
}

/**
 * Why the cluster is not fit to be served; nothing if it is. What is on purpose (failsafe), or is served all the same
 * as before (a dispute, a promotion that waits), is no reason.
 */
export function notReady(reading: ClusterReading | undefined): readonly NotReady[] {
	if (reading === undefined) return [{ code: 'starting', reason: 'the store is not open yet' }]
	return [...missingBlocks(reading.store), ...(reading.work === undefined ? [] : troubles(reading.work))]
}

function missingBlocks({ chains }: StoreReading): NotReady[] {
	return chains.flatMap(({ chain, heads }): NotReady[] => {
		if (heads['local-unsafe'] === undefined)
			return [{ code: 'no-blocks', chain, reason: `chain ${chain} has no block yet` }]
		if (heads['cross-safe'] === undefined)
			return [{ code: 'no-blocks', chain, reason: `chain ${chain} has no cross-safe block yet` }]
		return []
	})
}

function troubles({ chains, l1, writeFault }: WorkReading): NotReady[] {
	const all = chains.flatMap(chainTroubles)
	if (l1.tip === undefined) all.push({ code: 'no-l1', reason: 'L1 has not answered yet' })
	else if (!l1.isFollowed) all.push({ code: 'no-l1', reason: 'no L1 endpoint answers' })
	if (l1.held !== undefined) all.push({ code: 'l1-held', reason: l1.held })
	if (writeFault !== undefined) all.push({ code: 'storage-fault', reason: writeFault })
	return all
}

function chainTroubles({ chain, stopped, blocksBehind, nodesReady }: ChainWork): NotReady[] {
	if (stopped !== undefined)
		return [{ code: 'chain-stopped', chain, reason: `chain ${chain} waits for an operator: ${stopped}` }]
	const found: NotReady[] = []
	if (nodesReady === 0)
		found.push({ code: 'no-node', chain, reason: `chain ${chain} has no node that is ready` })
	if (blocksBehind > READY_WITHIN_BLOCKS)
		found.push({
			code: 'index-behind',
			chain,
			reason: `${blocksBehind} announced blocks of chain ${chain} are not indexed yet`,
		})
	return found
}
