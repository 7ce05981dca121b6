import type { ExecutingMessage } from '../../src/protocol/executing-message.js'
import { executedBy, isIn, isLinkAllowed, isOnCycle } from './message-claim.js'
import { FINAL, type World, type WorldBlock, type WorldChain } from './world.js'

/** Where a chain ends, whatever happened on the way there. */
export interface Ending {
	readonly chain: WorldChain
	/** The cross-safe chain, from the anchor to the last block that L1 yields. */
	readonly crossSafe: readonly WorldBlock[]
	readonly invalidated: readonly WorldBlock[]
}

/** A chain on its way through time. */
interface Walk {
	readonly chain: WorldChain
	readonly settled: WorldBlock[]
	readonly invalidated: WorldBlock[]
	/** What stands above the settled blocks. */
	next: WorldBlock | undefined
}

/**
 * Where a cluster ends, from its final L1 alone. There are no scopes and no order here: one time after the other,
 * all blocks of that time are judged at once, all bad ones are replaced at once, until none is bad; the others are
 * cross-safe (rules, sections 5, 6 and 8, with everything derived). All chains go beyond the time of the last
 * message, so nothing waits.
 */
export function predictEnding(world: World): Ending[] {
	const walks = world.chains.map(
		(chain): Walk => ({
			chain,
			settled: [chain.anchor],
			invalidated: [],
			next: world.child(chain.anchor, FINAL)?.block,
		}),
	)
	for (let time = nextTime(walks); time !== undefined; time = nextTime(walks)) settleTime(world, walks, time)
	return walks.map(({ chain, settled, invalidated }) => ({ chain, crossSafe: settled, invalidated }))
}

function nextTime(walks: readonly Walk[]): number | undefined {
	const times = walks.flatMap(({ next }) => next?.ref.timestamp ?? [])
	return times.length === 0 ? undefined : Math.min(...times)
}

function settleTime(world: World, walks: readonly Walk[], time: number): void {
	const group = walks.filter(({ next }) => next?.ref.timestamp === time)
	for (;;) {
		const blocks = group.flatMap(({ next }) => next ?? [])
		const bad = blocks.filter(
			(block) =>
				executedBy(block).some(({ message }) => !isGood(world, walks, block, message)) ||
				isOnCycle(block, blocks),
		)
		for (const walk of group) {
			if (walk.next === undefined || !bad.includes(walk.next)) continue
			walk.invalidated.push(walk.next)
			walk.next = world.replacement(walk.next)
		}
		if (bad.length === 0) break
	}
	for (const walk of group) {
		if (walk.next === undefined) continue
		walk.settled.push(walk.next)
		walk.next = world.child(walk.next, FINAL)?.block
	}
}

/** Does one message stand, among all blocks up to its time? */
function isGood(
	world: World,
	walks: readonly Walk[],
	executing: WorldBlock,
	message: ExecutingMessage,
): boolean {
	const walk = walks.find(({ chain }) => chain.chainId === message.chainId)
	if (walk === undefined || !isLinkAllowed(world, executing.chain, executing.ref.timestamp, message))
		return false
	if (message.blockNumber <= BigInt(walk.chain.anchor.ref.number)) return false
	const standing = walk.next === undefined ? walk.settled : [...walk.settled, walk.next]
	return standing.some((block) => isIn(message, block))
}
