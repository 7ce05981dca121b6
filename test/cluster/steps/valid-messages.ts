import { toHex } from 'viem'
import type { Cluster } from '../cluster.js'
import { type MinedTransaction, messageOf } from '../messages.js'
import { BLOCK_TIME } from '../settings.js'
import type { Step } from '../step.js'
import { expectCanonical } from './expect-canonical.js'
import { untilHead } from './wait-for-heads.js'

const SECONDS = 60

/** Both transactions must be in their pools before this share of a block time is over, else the next block is tried. */
const IN_TIME = 0.5

/** How many blocks are tried. */
const TRIES = 20

export const validMessage: Step = {
	rule: 'a block with a valid message of the other chain becomes cross-safe as it is',
	async run(cluster) {
		const [initiating, executing] = cluster.chains
		const message = await initiating.messenger.emit(toHex('valid'))
		const { block, succeeded } = await executing.messenger.execute(message)
		if (!succeeded) throw new Error('the inbox refused the message')
		await untilHead(cluster, executing.node, 'crossUnsafe', block.number, SECONDS)
		await untilHead(cluster, executing.node, 'crossSafe', block.number, SECONDS)
		await expectCanonical(executing.node, block)
		const { blockNumber } = message.identifier
		return `${executing.chainId} #${block.number} executes a log of ${initiating.chainId} #${blockNumber}`
	},
}

export const sameTimestampMessage: Step = {
	rule: 'a message may be executed at the very timestamp at which it is sent',
	async run(cluster) {
		const [initiating, executing] = cluster.chains
		for (let tried = 0; tried < TRIES; tried++) {
			const pair = await sendPair(cluster)
			// Too late for that block: it was reverted, so nothing was executed.
			if (pair === undefined || !pair.executed.succeeded) continue
			const { sent, executed } = pair
			if (sent.block.number !== executed.block.number) throw new Error('the message missed its block')
			await untilHead(cluster, initiating.node, 'crossSafe', sent.block.number, SECONDS)
			await untilHead(cluster, executing.node, 'crossSafe', executed.block.number, SECONDS)
			await expectCanonical(initiating.node, sent.block)
			await expectCanonical(executing.node, executed.block)
			return `#${sent.block.number} of both chains`
		}
		throw new Error(`no pair of transactions was in time for its block, in ${TRIES} blocks`)
	},
}

/**
 * Sends a message and its execution for the next block, which has the same number and time on both chains. Undefined if
 * that took too long.
 */
async function sendPair(
	cluster: Cluster,
): Promise<{ sent: MinedTransaction; executed: MinedTransaction } | undefined> {
	const [{ chainId, messenger: initiator }, { messenger: executor }] = cluster.chains
	const data = toHex('same timestamp')
	const { number, timestamp } = await nextBlock(cluster)
	const seenAt = performance.now()
	const message = messageOf(data, { chainId, blockNumber: number, timestamp, logIndex: 0 })
	const sending = await initiator.sendEmit(data)
	if (performance.now() - seenAt > BLOCK_TIME * 1000 * IN_TIME) {
		await initiator.mined(sending)
		return undefined
	}
	const execution = await executor.sendExecute(message, timestamp)
	return { sent: await initiator.mined(sending), executed: await executor.mined(execution) }
}

/** The block that both chains build next, told as soon as the one before it is there. */
async function nextBlock(cluster: Cluster): Promise<{ number: bigint; timestamp: bigint }> {
	const [{ node: first }, { node: second }] = cluster.chains
	const before = (await first.heads()).localUnsafe.number
	const parent = await cluster.until('a new block of both chains', SECONDS, async () => {
		const [a, b] = await Promise.all([first.heads(), second.heads()])
		const isNew = a.localUnsafe.number > before && a.localUnsafe.number === b.localUnsafe.number
		return isNew ? { found: a.localUnsafe } : { seen: [a.localUnsafe.number, b.localUnsafe.number] }
	})
	return { number: BigInt(parent.number + 1), timestamp: BigInt(parent.timestamp + BLOCK_TIME) }
}
