import { messageChecksum } from '../../src/protocol/checksum.js'
import type { ExecutingMessage } from '../../src/protocol/executing-message.js'
import type { JudgedBlock, JudgedChain, JudgedWorld } from './judged.js'

/** Is this message in that block (rules, section 5, `match`)? */
export function isIn(message: ExecutingMessage, block: JudgedBlock): boolean {
	const { number, timestamp } = block.ref
	const log = block.logs[message.logIndex]
	if (block.chain.chainId !== message.chainId || log === undefined) return false
	if (message.blockNumber !== BigInt(number) || message.timestamp !== BigInt(timestamp)) return false
	return message.checksum === messageChecksum({ ...message, logHash: log.hash })
}

/** May a block of `executing` at `time` execute this message at all (rules, section 4)? */
export function isLinkAllowed(
	world: JudgedWorld<JudgedBlock>,
	executing: JudgedChain<JudgedBlock>,
	time: number,
	message: ExecutingMessage,
): boolean {
	const initiating = world.chains.find((chain) => chain.chainId === message.chainId)
	if (initiating === undefined) return false
	const initiated = Number(message.timestamp)
	const areActive = time >= executing.interopTime && initiated >= initiating.interopTime
	const isFirst = isFirstWithInterop(executing, time) || isFirstWithInterop(initiating, initiated)
	return areActive && !isFirst && initiated <= time && time <= initiated + world.expiryWindow
}

function isFirstWithInterop(chain: JudgedChain<JudgedBlock>, time: number): boolean {
	return time >= chain.interopTime && time - chain.blockTime < chain.interopTime
}

/** A message with the block that executes it and the place of the log there. */
export interface Executed {
	readonly block: JudgedBlock
	readonly logIndex: number
	readonly message: ExecutingMessage
}

export function executedBy(block: JudgedBlock): Executed[] {
	return block.logs.flatMap(({ message }, logIndex) =>
		message === undefined ? [] : [{ block, logIndex, message }],
	)
}

/**
 * Is `block` on a cycle of the blocks of its time (rules, section 6.2)? Follows every way from each of its logs: to
 * the next log of the block, and to those that execute the log.
 */
export function isOnCycle(block: JudgedBlock, sameTime: readonly JudgedBlock[]): boolean {
	const executed = sameTime.flatMap(executedBy)
	const next = (from: JudgedBlock, log: number) => {
		const ways = executed
			.filter(({ message }) => message.logIndex === log && isIn(message, from))
			.map((way) => ({ block: way.block, log: way.logIndex }))
		return log + 1 < from.logs.length ? [...ways, { block: from, log: log + 1 }] : ways
	}
	return block.logs.some((_, start) => {
		const seen = new Set<string>()
		const open = next(block, start)
		for (let way = open.pop(); way !== undefined; way = open.pop()) {
			if (way.block === block && way.log === start) return true
			const key = `${way.block.name} ${way.log}`
			if (seen.has(key)) continue
			seen.add(key)
			open.push(...next(way.block, way.log))
		}
		return false
	})
}
