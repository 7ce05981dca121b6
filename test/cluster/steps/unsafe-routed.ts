import type { Cluster, TestChain } from '../cluster.js'
import type { L2Node } from '../l2-node.js'
import type { Step } from '../step.js'
import { untilHead } from './wait-for-heads.js'

const SECONDS = 60
/** Blocks in a row that must come in time. */
const BLOCKS = 10

const LEFT_OUT = { 'op-supervisor': 'it routes no blocks' }

/** The node without p2p that the step before has added. */
function followerOf(cluster: Cluster): { readonly chain: TestChain; readonly follower: L2Node } {
	const follower = cluster.nodes.find(({ sequencer }) => !sequencer)
	const chain = cluster.chains.find(({ chainId }) => chainId === follower?.chainId)
	if (follower === undefined || chain === undefined) throw new Error('no second node was added before')
	return { chain, follower }
}

export const unsafeRouted: Step = {
	rule: 'a second node without p2p follows the unsafe head of its chain within a block time, also after a kill',
	leftOut: LEFT_OUT,
	async run(cluster) {
		const { chain, follower } = followerOf(cluster)
		cluster.routeUnsafeBlocks(chain, follower)
		const code = await cluster.supervisor.stop()
		if (code !== 0) throw new Error(`the supervisor ended on SIGTERM with code ${code}, not 0`)
		await cluster.startSupervisor()
		const ms = await follow(cluster, chain, follower)
		await follower.killOpNode()
		await follower.startOpNode(chain.rollupFile)
		const again = await follow(cluster, chain, follower)
		return `${follower.name} has a block ${ms} ms after the node that built it (median of ${BLOCKS}), ${again} ms after the kill`
	},
}

export const unsafeRoutedAgain: Step = {
	rule: 'after an L1 reorg, which takes unsafe blocks away, it follows again',
	leftOut: LEFT_OUT,
	async run(cluster) {
		const { chain, follower } = followerOf(cluster)
		const ms = await follow(cluster, chain, follower)
		return `${follower.name} has a block ${ms} ms after the node that built it`
	},
}

/** Waits for blocks that the follower has before its chain is two ahead. Returns their median delay in milliseconds. */
async function follow(cluster: Cluster, chain: TestChain, follower: L2Node): Promise<number> {
	const { localUnsafe } = await chain.node.heads()
	await untilHead(cluster, follower, 'localUnsafe', localUnsafe.number, SECONDS)
	const delays: number[] = []
	let { number } = (await chain.node.heads()).localUnsafe
	for (let i = 0; i < BLOCKS; i++) {
		const block = await untilHead(cluster, chain.node, 'localUnsafe', ++number, SECONDS)
		const from = performance.now()
		const followed = await untilHead(cluster, follower, 'localUnsafe', number, SECONDS)
		delays.push(performance.now() - from)
		const [theirs, ours] = [await chain.node.block(number), await follower.block(number)]
		if (theirs.hash !== ours.hash) throw new Error(`${follower.name} has another block ${number}`)
		const ahead = (await chain.node.heads()).localUnsafe.number - number
		if (ahead > 1) throw new Error(`${follower.name} is ${ahead} blocks behind at block ${number}`)
		if (followed.localSafe.number >= number)
			throw new Error(`block ${number} came from L1: ${block.localSafe.number}`)
	}
	return Math.round(delays.sort((a, b) => a - b)[BLOCKS / 2] ?? Number.NaN)
}
