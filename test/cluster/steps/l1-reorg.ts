import type { Cluster } from '../cluster.js'
import { type L2Node, LEVELS, type NodeHeads } from '../l2-node.js'
import type { Step } from '../step.js'
import { untilHead } from './wait-for-heads.js'

/** Less than what is final on L1 stays. */
const DEPTH = 3
/** How far each head must come past where it was. */
const BLOCKS = 3
const SECONDS = 150

export const l1Reorg: Step = {
	rule: 'after an L1 reorg all heads go on, on the new L1',
	async run(cluster) {
		const before = await Promise.all(cluster.chains.map(({ node }) => node.heads()))
		const tip = await cluster.l1.block('latest')
		await cluster.l1.reorg(DEPTH)
		const { hash } = await cluster.l1.block(tip.number)
		if (hash === tip.hash) throw new Error('anvil made no reorg')
		await Promise.all(
			cluster.chains.map(async ({ node }, at) => {
				for (const level of LEVELS) {
					await untilHead(cluster, node, level, (before[at]?.[level].number ?? 0) + BLOCKS, SECONDS)
				}
				await untilOnL1(cluster, node)
			}),
		)
		return `the last ${DEPTH} blocks up to #${tip.number} were replaced`
	},
}

/** Waits until every head of the node names an origin that is canonical on L1. */
async function untilOnL1(cluster: Cluster, node: L2Node): Promise<void> {
	await cluster.until(`the heads of ${node.name} are on the new L1`, SECONDS, async () => {
		const heads = await node.heads()
		const stale = await staleOrigins(cluster, heads)
		return stale.length === 0 ? { found: heads } : { seen: stale }
	})
}

async function staleOrigins(cluster: Cluster, heads: NodeHeads): Promise<string[]> {
	const stale: string[] = []
	for (const level of LEVELS) {
		const { number, hash } = heads[level].l1origin
		const canonical = await cluster.l1.block(number)
		if (canonical.hash !== hash) stale.push(`${level} has origin #${number} ${hash}`)
	}
	return stale
}
