import { LEVELS } from '../l2-node.js'
import type { Step } from '../step.js'
import { untilHead } from './wait-for-heads.js'

/** A few blocks past genesis, which the supervisors announce by themselves. */
const BLOCK = 3
const SECONDS = 90

export const blocksBecomeFinal: Step = {
	rule: 'blocks become local-unsafe, cross-unsafe, local-safe, cross-safe and finalized on both nodes',
	async run(cluster) {
		const started = performance.now()
		const times: string[] = []
		for (const level of LEVELS) {
			await Promise.all(cluster.chains.map(({ node }) => untilHead(cluster, node, level, BLOCK, SECONDS)))
			times.push(`${level} ${((performance.now() - started) / 1000).toFixed(1)} s`)
		}
		return `#${BLOCK} of both: ${times.join(', ')}`
	},
}
