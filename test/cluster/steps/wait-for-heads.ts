import type { Cluster } from '../cluster.js'
import type { L2Node, Level, NodeHeads } from '../l2-node.js'
import type { Look } from '../until.js'

/** Waits until the head of this level has at least this number on the node, by its own account. */
export function untilHead(
	cluster: Cluster,
	node: L2Node,
	level: Level,
	number: number,
	seconds: number,
): Promise<NodeHeads> {
	return cluster.until(
		`${node.name} is ${level} at #${number}`,
		seconds,
		async (): Promise<Look<NodeHeads>> => {
			const heads = await node.heads()
			return heads[level].number >= number ? { found: heads } : { seen: numbersOf(heads) }
		},
	)
}

/** Waits until the head of this level has moved by `blocks` on every chain, measured from now. */
export async function untilHeadsMove(
	cluster: Cluster,
	level: Level,
	blocks: number,
	seconds: number,
): Promise<void> {
	await Promise.all(
		cluster.chains.map(async ({ node }) => {
			const before = await node.heads()
			await untilHead(cluster, node, level, before[level].number + blocks, seconds)
		}),
	)
}

export function numbersOf(heads: NodeHeads): Record<Level, number> {
	const { localUnsafe, crossUnsafe, localSafe, crossSafe, finalized } = heads
	return {
		localUnsafe: localUnsafe.number,
		crossUnsafe: crossUnsafe.number,
		localSafe: localSafe.number,
		crossSafe: crossSafe.number,
		finalized: finalized.number,
	}
}
