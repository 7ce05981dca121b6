import { keccak256, toHex } from 'viem'
import type { Hash } from '../../../src/protocol/hash.js'
import type { Step } from '../step.js'
import { untilHead, untilHeadsMove } from './wait-for-heads.js'

const SECONDS = 120

/** EIP-2718 type of the deposits that a block must have whoever built it. */
const DEPOSIT = '0x7e'

export const invalidMessage: Step = {
	rule: 'a block with an invalid message is replaced by one of deposits only, and its chain goes on from that',
	async run(cluster, state) {
		const [initiating, executing] = cluster.chains
		const { identifier } = await initiating.messenger.emit(toHex('said'))
		const lie = { identifier, payloadHash: keccak256(toHex('never said')) as Hash }
		const { block: invalid } = await executing.messenger.execute(lie)
		const replacement = await cluster.until('the node has the replacement', SECONDS, async () => {
			const block = await executing.node.block(invalid.number)
			return block.hash === invalid.hash ? { seen: 'the invalid block' } : { found: block }
		})
		if (replacement.types.some((type) => type !== DEPOSIT)) {
			throw new Error(`the replacement has transactions of its own: ${replacement.types}`)
		}
		await untilHead(cluster, executing.node, 'crossSafe', invalid.number, SECONDS)
		const { hash } = await executing.node.block(invalid.number)
		if (hash !== replacement.hash) throw new Error(`the replacement became ${hash}`)
		await untilHeadsMove(cluster, 'crossSafe', 3, SECONDS)
		state.replacement = { chain: executing, block: replacement }
		return `${executing.chainId} #${invalid.number} ${invalid.hash} is ${hash} now`
	},
}
