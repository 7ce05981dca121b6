import { messageChecksum } from '../../src/protocol/checksum.js'
import type { ExecutingMessage } from '../../src/protocol/executing-message.js'
import type { World, WorldBlock, WorldChain } from './world.js'

/** Is this message in that block (rules, section 5, `match`)? */
export function isIn(message: ExecutingMessage, block: WorldBlock): boolean {
	const { number, timestamp } = block.ref
	const log = block.logs[message.logIndex]
	if (block.chain.chainId !== message.chainId || log === undefined) return false
	if (message.blockNumber !== BigInt(number) || message.timestamp !== BigInt(timestamp)) return false
	return message.checksum === messageChecksum({ ...message, logHash: log.hash })
}

/** May a block of `executing` at `time` execute this message at all (rules, section 4)? */
export function isLinkAllowed(
	world: World,
	executing: WorldChain,
	time: number,
	message: ExecutingMessage,
): boolean {
	const initiating = world.chains.find((chain) => chain.chainId === message.chainId)
	if (initiating === undefined) return false
	const initiated = Number(message.timestamp)
	const areActive = time >= executing.interopTime && initiated >= initiating.interopTime
	const isFirst = isFirstWithInterop(executing, time) || isFirstWithInterop(initiating, initiated)
	return areActive && !isFirst && initiated <= time && time <= initiated + world.plan.expiryWindow
}

function isFirstWithInterop(chain: WorldChain, time: number): boolean {
	return time >= chain.interopTime && time - chain.blockTime < chain.interopTime
}

/** A message with the block that executes it and the place of the log there. */
export interface Executed {
	readonly block: WorldBlock
	readonly logIndex: number
	readonly message: ExecutingMessage
}

export function executedBy(block: WorldBlock): Executed[] {
	return block.logs.flatMap(({ message }, logIndex) =>
		message === undefined ? [] : [{ block, logIndex, message }],
	)
}

/**
 * Is `block` on a cycle of the blocks of its time (rules, section 6.2)? Follows every way from each of its logs: to
 * the next log of the block, and to those that execute the log.
 */
export function isOnCycle(block: WorldBlock, sameTime: readonly WorldBlock[]): boolean {
	const executed = sameTime.flatMap(executedBy)
	const next = (from: WorldBlock, log: number) => {
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
