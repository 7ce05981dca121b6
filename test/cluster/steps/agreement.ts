import { parseChainId } from '../../../src/protocol/chain-id.js'
import type { Step } from '../step.js'

const SECONDS = 60

export const agreement: Step = {
	rule: 'the nodes and the supervisor name the same cross-safe and finalized blocks, and no chain is stopped',
	async run(cluster) {
		const found: string[] = []
		for (const node of cluster.nodes) {
			const chainId = parseChainId(String(node.chainId), 'chain')
			const { safe, finalized } = await cluster.until(`${node.name} agrees`, SECONDS, async () => {
				const [heads, status] = await Promise.all([node.heads(), cluster.supervisor.syncStatus()])
				const chain = status.chains.get(chainId)
				const same =
					chain?.safe.hash === heads.crossSafe.hash && chain.finalized.hash === heads.finalized.hash
				return same ? { found: chain } : { seen: { node: heads, supervisor: chain } }
			})
			found.push(`${node.name} cross-safe #${safe.number}, finalized #${finalized.number}`)
		}
		const fatal = await cluster.supervisor.fatalLines()
		if (fatal.length > 0) throw new Error(`the supervisor gave up: ${fatal.join('; ')}`)
		return found.join('; ')
	},
}
