import { chainIdFromBigint } from '../../protocol/chain-id.js'
import { encodeExecutingMessageLog, type LogContent } from '../../protocol/executing-message-log.js'
import { bytesToHash } from '../../protocol/hash.js'
import { payloadHash } from '../../protocol/log-hash.js'
import type { Address } from '../../protocol/message.js'
import { type ClusterShape, Draw, isExecuting, l2Time, logCount } from './cluster-shape.js'
import { Random } from './random.js'

/** Event signatures as they are common on OP Mainnet: ERC-20 Transfer and Approval, Uniswap V3 Swap, V2 Sync. */
const TRANSFER = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef'
const SWAP = '0xc42079f94a6350d7e6235f29174924f928cc2ac818eb64fed8004e115fbcca67'
const SYNC = '0x1c411e9a96e071241c2f21f7726b17ae89e3cab4c78be50e062b03a9fffbbad1'

/** Contracts and users come from pools of this size, so that addresses repeat as they do on a real chain. */
const CONTRACTS = 200
const USERS = 1500

/** Long data, as of governance, bridges and order books: up to this many bytes. */
const LONG_DATA_MIN = 400
const LONG_DATA_MAX = 2400

/** Executed messages are this old on average, in blocks; one in ten is of the same timestamp where that is allowed. */
const MEAN_AGE_BLOCKS = 25
const SAME_TIME_SHARE = 0.1

/** The log `index` of a block, whatever it is. */
export function logContent(shape: ClusterShape, chain: number, block: number, index: number): LogContent {
	if (isExecuting(shape, chain, block, index)) return executingLog(shape, chain, block, index)
	return initiatingLog(shape, chain, block, index)
}

function initiatingLog(shape: ClusterShape, chain: number, block: number, index: number): LogContent {
	const random = new Random(shape.seed, Draw.Log, chain, block, index)
	const address = contract(shape, random.below(CONTRACTS))
	const kind = random.fraction()
	if (kind < 0.68)
		return { address, topics: [TRANSFER, user(shape, random), user(shape, random)], data: word(random, 9) }
	if (kind < 0.88) {
		const data = `0x${[12, 12, 20, 10, 3].map((bytes) => word(random, bytes).slice(2)).join('')}`
		return { address, topics: [SWAP, user(shape, random), user(shape, random)], data }
	}
	if (kind < 0.97)
		return { address, topics: [SYNC], data: `0x${word(random, 14).slice(2)}${word(random, 14).slice(2)}` }
	const topics = Array.from({ length: random.below(5) }, () => `0x${random.hex(32)}`)
	return {
		address,
		topics,
		data: `0x${random.hex(LONG_DATA_MIN + random.below(LONG_DATA_MAX - LONG_DATA_MIN))}`,
	}
}

/**
 * A valid message: an initiating log of an earlier block of another chain (of this one if there is no other). Of the
 * same timestamp only if that chain comes before this one, so that there are no cycles.
 */
function executingLog(shape: ClusterShape, chain: number, block: number, index: number): LogContent {
	const random = new Random(shape.seed, Draw.Target, chain, block, index)
	const target = shape.chains === 1 ? chain : (chain + 1 + random.below(shape.chains - 1)) % shape.chains
	const sameTime = target < chain && random.fraction() < SAME_TIME_SHARE
	const age = sameTime ? 0 : 1 + Math.floor(-Math.log(1 - random.fraction()) * MEAN_AGE_BLOCKS)
	const number = Math.max(1, block - age)
	const count = logCount(shape, target, number)
	let logIndex = random.below(count)
	while (isExecuting(shape, target, number, logIndex)) logIndex = (logIndex + 1) % count
	const { address, topics, data } = initiatingLog(shape, target, number, logIndex)
	return encodeExecutingMessageLog({
		identifier: {
			origin: address as Address,
			blockNumber: BigInt(number),
			logIndex,
			timestamp: BigInt(l2Time(shape, number)),
			chainId: chainIdFromBigint(BigInt(shape.firstChainId + target)),
		},
		payloadHash: bytesToHash(payloadHash(topics.map(bytesOf), bytesOf(data))),
	})
}

function contract(shape: ClusterShape, index: number): string {
	return `0x${new Random(shape.seed, Draw.Pool, 0, index).hex(20)}`
}

function user(shape: ClusterShape, random: Random): string {
	return `0x${'0'.repeat(24)}${new Random(shape.seed, Draw.Pool, 1, random.below(USERS)).hex(20)}`
}

/** A word of 32 bytes with a value of `bytes` bytes. */
function word(random: Random, bytes: number): string {
	return `0x${random.hex(bytes).padStart(64, '0')}`
}

function bytesOf(hex: string): Buffer {
	return Buffer.from(hex.slice(2), 'hex')
}
