import type { Cluster, TestChain } from '../cluster.js'
import type { Step } from '../step.js'
import { untilHead } from './wait-for-heads.js'

/** L1 blocks that a fresh node has to derive, two seconds each. */
const L1_BLOCKS = 90
const SECONDS = 2 * L1_BLOCKS + 60
/** In turns, so that what the machine does meanwhile falls on both. The gateway has seen nothing before its first. */
const RUNS = ['gateway', 'L1', 'gateway', 'L1', 'gateway', 'L1'] as const

/** No rule, but a measurement: docs/l1-gateway.md has the figures. */
export const catchUp: Step = {
	rule: 'fresh nodes catch up, over the gateway and over L1 itself',
	async run(cluster) {
		const chain = cluster.chains[0]
		await cluster.until(`${L1_BLOCKS} L1 blocks`, SECONDS, async () => {
			const { number } = await cluster.l1.block('latest')
			return number >= L1_BLOCKS ? { found: number } : { seen: number }
		})
		const target = (await chain.node.heads()).localSafe.number
		const lines = [`to block ${target} of chain ${chain.chainId}:`]
		for (const [index, l1] of RUNS.entries())
			lines.push(`${l1}: ${await measure(cluster, chain, { name: `fresh-${index}`, l1, target })}`)
		return lines.join('\n            ')
	},
}

/** Starts a fresh node and makes it known: how long until it has derived the target, and what was asked meanwhile. */
async function measure(
	cluster: Cluster,
	chain: TestChain,
	run: { readonly name: string; readonly l1: 'gateway' | 'L1'; readonly target: number },
): Promise<string> {
	const callsTo = (name: string) => {
		const recorder = cluster.recorders.find((one) => one.name === name)
		return [...(recorder?.counts.values() ?? [])].reduce((sum, count) => sum + count, 0)
	}
	const node = await cluster.addNode(chain, run.name, run.l1)
	const before = { gateway: callsTo('L1 gateway'), upstream: callsTo('L1') }
	const began = performance.now()
	await cluster.supervisor.addNode(node.interopUrl)
	await untilHead(cluster, node, 'localSafe', run.target, SECONDS)
	const seconds = ((performance.now() - began) / 1_000).toFixed(1)
	const gateway = callsTo('L1 gateway') - before.gateway
	const upstream = callsTo('L1') - before.upstream
	await node.killOpNode()
	return `${seconds} s; ${gateway} calls to the gateway, ${upstream} of Vigil to L1`
}
