import type { Step } from '../step.js'
import { expectCanonical } from './expect-canonical.js'
import { untilHead } from './wait-for-heads.js'

const SECONDS = 120

export const freshNode: Step = {
	rule: 'a fresh second node of a chain follows it across a block that was replaced long ago',
	leftOut: { 'op-supervisor': 'it cancels the reset when its search comes to a block that the node lacks' },
	async run(cluster, { replacement }) {
		if (replacement === undefined) throw new Error('no block was replaced before')
		const { chain, block } = replacement
		const { crossSafe } = await chain.node.heads()
		const fresh = await cluster.addNode(chain)
		const code = await cluster.supervisor.stop()
		if (code !== 0) throw new Error(`the supervisor ended on SIGTERM with code ${code}, not 0`)
		await cluster.startSupervisor()
		await untilHead(cluster, fresh, 'crossSafe', crossSafe.number, SECONDS)
		await expectCanonical(fresh, block)
		await expectCanonical(fresh, crossSafe)
		await expectCanonical(chain.node, crossSafe)
		await untilHead(cluster, fresh, 'finalized', crossSafe.number, SECONDS)
		return `${fresh.name} has the replacement #${block.number} and is cross-safe and finalized at #${crossSafe.number}`
	},
}
