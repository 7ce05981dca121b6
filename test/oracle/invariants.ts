import type { ExecutingMessage } from '../../src/protocol/executing-message.js'
import type { JudgedBlock, JudgedWorld } from './judged.js'
import { executedBy, isIn, isLinkAllowed, isOnCycle } from './message-claim.js'
import type { ObservedChain, Settled } from './observed.js'

/** Which of the invariants I1, I2, I3 and I5 of the rules (section 11) a state breaks, in words. */
export function brokenInvariants(
	world: JudgedWorld<JudgedBlock>,
	state: readonly ObservedChain<JudgedBlock>[],
): string[] {
	return state.flatMap((of) => [
		...brokenChain(of),
		...of.crossSafe.flatMap((settled) => brokenSettled(world, state, settled)),
		...brokenCrossUnsafe(world, state, of),
	])
}

/** I1. */
function brokenChain({
	chain,
	crossSafe,
	head,
	localSafe,
	crossUnsafe,
}: ObservedChain<JudgedBlock>): string[] {
	const broken: string[] = []
	crossSafe.forEach(({ block, scope }, i) => {
		const canon = localSafe.get(block.ref.number)
		const below = crossSafe[i - 1]
		if (canon?.block !== block) broken.push(`I1: cross-safe ${block.name} is not canonical`)
		else if (canon.source > scope)
			broken.push(`I1: ${block.name} of source ${canon.source} is safe at ${scope}`)
		if (i === 0 && block !== chain.anchor) broken.push(`I1: cross-safe begins with ${block.name}`)
		if (below === undefined) return
		if (below.block.ref.hash !== block.ref.parentHash)
			broken.push(`I1: cross-safe ${block.name} is not on ${below.block.name}`)
		if (below.scope > scope) broken.push(`I1: scope falls from ${below.scope} to ${scope} at ${block.name}`)
	})
	const last = crossSafe.at(-1)
	if (last?.block !== head?.block) broken.push(`I1: head ${head?.block.name} is not ${last?.block.name}`)
	if (last !== undefined && head !== undefined && last.scope > head.scope)
		broken.push(`I1: head scope ${head.scope} is below ${last.scope} of ${last.block.name}`)
	if (head === undefined) return broken
	const isAbove = crossUnsafe !== undefined && crossUnsafe.ref.number > head.block.ref.number
	if (!isAbove && crossUnsafe !== head.block)
		broken.push(`I1: cross-unsafe ${crossUnsafe?.name} is not cross-safe ${head.block.name} or above it`)
	return broken
}

/** I2 and I3, of one settled block. */
function brokenSettled(
	world: JudgedWorld<JudgedBlock>,
	state: readonly ObservedChain<JudgedBlock>[],
	{ block, scope }: Settled<JudgedBlock>,
): string[] {
	const broken: string[] = []
	const { timestamp } = block.ref
	for (const { message, logIndex } of executedBy(block)) {
		const what = `I2: log ${logIndex} of cross-safe ${block.name} at scope ${scope}`
		const of = state.find(({ chain }) => chain.chainId === message.chainId)
		if (of === undefined || !isAllowed(world, block, of, message)) {
			broken.push(`${what} may not execute its message`)
			continue
		}
		const settled = of.crossSafe.find((other) => isIn(message, other.block))
		if (settled !== undefined) {
			if (settled.scope > scope)
				broken.push(`${what} needs ${settled.block.name}, safe at ${settled.scope} only`)
			continue
		}
		const candidate = candidateOf(of)
		const isCandidate =
			candidate !== undefined &&
			isIn(message, candidate.block) &&
			candidate.source <= scope &&
			candidate.block.ref.timestamp === timestamp
		if (!isCandidate) broken.push(`${what} executes what is neither settled nor a candidate's`)
	}
	const sameTime = state.flatMap((of) => {
		const candidate = candidateOf(of)?.block
		const standing = of.crossSafe.map((settled) => settled.block)
		return [...standing, ...(candidate === undefined ? [] : [candidate])].filter(
			({ ref }) => ref.timestamp === timestamp,
		)
	})
	if (isOnCycle(block, sameTime)) broken.push(`I3: cross-safe ${block.name} is on a cycle`)
	return broken
}

/** I5. */
function brokenCrossUnsafe(
	world: JudgedWorld<JudgedBlock>,
	state: readonly ObservedChain<JudgedBlock>[],
	of: ObservedChain<JudgedBlock>,
): string[] {
	const { crossUnsafe, index, chain } = of
	const broken: string[] = []
	if (crossUnsafe === undefined) return broken
	let parent = of.head?.block ?? chain.anchor
	for (let number = parent.ref.number + 1; number <= crossUnsafe.ref.number; number++) {
		const block = index.get(number)
		if (block === undefined || block.ref.parentHash !== parent.ref.hash)
			return [
				...broken,
				`I5: ${crossUnsafe.name} is cross-unsafe, ${number} is not in the index on its parent`,
			]
		parent = block
		for (const { message, logIndex } of executedBy(block)) {
			const what = `I5: log ${logIndex} of cross-unsafe ${block.name}`
			const initiating = state.find((other) => other.chain.chainId === message.chainId)
			const found = initiating?.index.get(Number(message.blockNumber))
			const head = initiating?.crossUnsafe
			if (initiating === undefined || !isAllowed(world, block, initiating, message))
				broken.push(`${what} may not execute its message`)
			else if (found === undefined || head === undefined || !isIn(message, found))
				broken.push(`${what} executes a log that is not in the index`)
			else if (found.ref.number > head.ref.number) {
				const isChild = found.ref.parentHash === head.ref.hash && found.ref.timestamp === block.ref.timestamp
				if (!isChild) broken.push(`${what} rests on ${found.name}, above cross-unsafe ${head.name}`)
			}
		}
	}
	if (parent !== crossUnsafe) broken.push(`I5: cross-unsafe ${crossUnsafe.name} is not in the index`)
	return broken
}

function isAllowed(
	world: JudgedWorld<JudgedBlock>,
	executing: JudgedBlock,
	of: ObservedChain<JudgedBlock>,
	message: ExecutingMessage,
): boolean {
	return (
		isLinkAllowed(world, executing.chain, executing.ref.timestamp, message) &&
		message.blockNumber > BigInt(of.chain.anchor.ref.number)
	)
}

/** canon(d + 1) on the cross-safe head. */
function candidateOf({ head, localSafe, marked }: ObservedChain<JudgedBlock>) {
	if (head === undefined || marked !== undefined) return undefined
	const next = localSafe.get(head.block.ref.number + 1)
	return next?.block.ref.parentHash === head.block.ref.hash ? next : undefined
}
