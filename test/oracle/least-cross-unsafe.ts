import { executedBy, isIn, isLinkAllowed, isOnCycle } from './message-claim.js'
import type { ObservedChain } from './observed.js'
import type { World, WorldBlock } from './world.js'

/**
 * What is wrong with the cross-unsafe heads of a cluster whose promoter rests (rules, section 9): a head must be
 * where promotion from cross-safe alone leads, over the log index as it is.
 */
export function wrongCrossUnsafe(world: World, state: readonly ObservedChain[]): string[] {
	const least = leastCrossUnsafe(world, state)
	return state.flatMap(({ chain, crossUnsafe }, i) => {
		const expected = least[i]
		if (crossUnsafe === expected || expected === undefined) return []
		return [`cross-unsafe of ${chain.letter} is ${crossUnsafe?.name}, must be ${expected.name}`]
	})
}

function leastCrossUnsafe(world: World, state: readonly ObservedChain[]): (WorldBlock | undefined)[] {
	const heads = state.map(({ head, chain, isStarted }) =>
		isStarted ? (head?.block ?? chain.anchor) : undefined,
	)
	for (let isStable = false; !isStable; ) {
		isStable = true
		state.forEach(({ index }, i) => {
			const head = heads[i]
			const block = head && index.get(head.ref.number + 1)
			if (block === undefined || !mayFollow(world, state, heads, block)) return
			heads[i] = block
			isStable = false
		})
	}
	return heads
}

/** Is every message of the block, and of the blocks of its time on which it rests, found? */
function mayFollow(
	world: World,
	state: readonly ObservedChain[],
	heads: readonly (WorldBlock | undefined)[],
	block: WorldBlock,
): boolean {
	const closure = new Set([block])
	for (const member of closure) {
		for (const { message } of executedBy(member)) {
			const i = state.findIndex(({ chain }) => chain.chainId === message.chainId)
			const of = state[i]
			const head = heads[i]
			const found = of?.index.get(Number(message.blockNumber))
			if (!isLinkAllowed(world, member.chain, member.ref.timestamp, message)) return false
			if (of === undefined || head === undefined || found === undefined || !isIn(message, found)) return false
			if (found === of.chain.anchor) return false
			if (found.ref.number <= head.ref.number) continue
			if (found.ref.number > head.ref.number + 1 || found.ref.timestamp !== block.ref.timestamp) return false
			closure.add(found)
		}
	}
	return ![...closure].some((member) => isOnCycle(member, [...closure]))
}
