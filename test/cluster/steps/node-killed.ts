import { LEVELS } from '../l2-node.js'
import type { Step } from '../step.js'
import { untilHead } from './wait-for-heads.js'

const BLOCKS = 3
const SECONDS = 120

export const nodeKilled: Step = {
	rule: 'a node that was killed and started again goes on from where it was',
	async run(cluster) {
		const [{ node, rollupFile }, { node: other }] = cluster.chains
		const before = await node.heads()
		await node.killOpNode()
		const { localUnsafe } = await other.heads()
		await untilHead(cluster, other, 'localUnsafe', localUnsafe.number + 1, SECONDS)
		await node.startOpNode(rollupFile)
		for (const level of LEVELS) await untilHead(cluster, node, level, before[level].number + BLOCKS, SECONDS)
		return `op-node of ${node.name}, killed at local-unsafe #${before.localUnsafe.number}`
	},
}
