import { parseChainId } from '../../../src/protocol/chain-id.js'
import type { ChainSyncStatus } from '../../../src/protocol/sync-status.js'
import type { Cluster } from '../cluster.js'
import { type L2Node, LEVELS, type Level, type NodeHeads } from '../l2-node.js'
import type { Step } from '../step.js'

const SECONDS = 60

/** How `supervisor_syncStatus` names the levels. */
const STATUS_KEYS: Readonly<Record<Level, keyof ChainSyncStatus>> = {
	localUnsafe: 'localUnsafe',
	crossUnsafe: 'crossUnsafe',
	localSafe: 'localSafe',
	crossSafe: 'safe',
	finalized: 'finalized',
}

export const agreement: Step = {
	rule: 'the nodes and the supervisor name the same block at every level, and no chain is stopped',
	async run(cluster) {
		const agreed: string[] = []
		for (const node of cluster.nodes) {
			const { crossSafe, finalized } = await untilAgreed(cluster, node)
			agreed.push(`${node.name} cross-safe #${crossSafe.number}, finalized #${finalized.number}`)
		}
		const fatal = await cluster.supervisor.fatalLines()
		if (fatal.length > 0) throw new Error(`the supervisor gave up: ${fatal.join('; ')}`)
		return agreed.join('; ')
	},
}

function untilAgreed(cluster: Cluster, node: L2Node): Promise<NodeHeads> {
	const chainId = parseChainId(String(node.chainId), 'chain')
	return cluster.until(`${node.name} agrees`, SECONDS, async () => {
		const [heads, status] = await Promise.all([node.heads(), cluster.supervisor.syncStatus()])
		const chain = status.chains.get(chainId)
		const others = levelsOf(node).filter((level) => chain?.[STATUS_KEYS[level]].hash !== heads[level].hash)
		return others.length === 0 ? { found: heads } : { seen: { others, node: heads, supervisor: chain } }
	})
}

/** A node without peers that builds no blocks has only what it derives. */
function levelsOf({ sequencer }: L2Node): readonly Level[] {
	return sequencer ? LEVELS : ['localSafe', 'crossSafe', 'finalized']
}
