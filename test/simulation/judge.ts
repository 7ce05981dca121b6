import { executedBy, isIn, isLinkAllowed, isOnCycle } from '../oracle/message-claim.js'
import type { ClusterState, Derived } from './cluster-state.js'
import type { SimulatedBlock, SimulatedChain, SimulatedWorld } from './world.js'

type Verdict = 'ok' | 'wait' | 'bad'

/** What one message of a candidate says: a candidate of the same time is one that must be fine as well. */
type MessageVerdict = Verdict | SimulatedBlock

/**
 * Promotes and replaces until nothing moves, with all that L1 up to block `scope` yields (rules, sections 5 to 8).
 * One scope stands for all chains here: a chain whose own scope is lower decides the same as soon as it is raised.
 */
export function judge(world: SimulatedWorld, state: ClusterState, scope: number): void {
	for (let isStable = false; !isStable; ) {
		isStable = true
		for (const chain of world.chains) {
			const own = state.of(chain)
			const candidate = candidateOf(state, chain)
			if (candidate === undefined) continue
			const { block, source } = candidate
			switch (verdictOf(world, state, block)) {
				case 'wait':
					continue
				case 'ok':
					own.settled.push({ block, scope })
					break
				case 'bad': {
					const replacement = world.replacement(block)
					own.derived.length = block.ref.number
					own.derived.push({ block: replacement, source: scope })
					own.invalidated.push({ block, source, scope, replacement })
				}
			}
			isStable = false
		}
	}
}

/** The block above the last cross-safe one; first of all the anchor. */
function candidateOf(state: ClusterState, chain: SimulatedChain): Derived | undefined {
	const { derived, settled } = state.of(chain)
	const last = settled.at(-1)?.block
	return derived[last === undefined ? chain.anchor.ref.number : last.ref.number + 1]
}

function verdictOf(world: SimulatedWorld, state: ClusterState, block: SimulatedBlock): Verdict {
	if (block === block.chain.anchor) return 'ok'
	const closure = new Set([block])
	let isWaiting = false
	let isBad = false
	for (const member of closure) {
		for (const { message } of executedBy(member)) {
			const verdict = messageVerdict(world, state, member, message)
			if (typeof verdict === 'object') closure.add(verdict)
			else if (verdict === 'wait') isWaiting = true
			else if (verdict === 'bad' && member === block) isBad = true
			else if (verdict === 'bad') isWaiting = true
		}
	}
	const members = [...closure]
	if (isBad || isOnCycle(block, members)) return 'bad'
	return isWaiting || members.some((member) => isOnCycle(member, members)) ? 'wait' : 'ok'
}

function messageVerdict(
	world: SimulatedWorld,
	state: ClusterState,
	block: SimulatedBlock,
	message: Parameters<typeof isIn>[0],
): MessageVerdict {
	const { timestamp: time } = block.ref
	const initiated = Number(message.timestamp)
	if (!isLinkAllowed(world, block.chain, time, message)) return 'bad'
	const chain = world.chains.find(({ chainId }) => chainId === message.chainId)
	if (chain === undefined) return 'bad'
	const { settled } = state.of(chain)
	const head = settled.at(-1)?.block
	if (head === undefined) return 'wait'
	if (message.blockNumber <= BigInt(chain.anchor.ref.number)) return 'bad'
	if (head.ref.timestamp >= initiated)
		return settled.some((other) => isIn(message, other.block)) ? 'ok' : 'bad'
	const candidate = candidateOf(state, chain)?.block
	if (candidate === undefined || candidate.ref.timestamp < initiated) return 'wait'
	if (candidate.ref.timestamp === initiated && initiated < time) return 'wait'
	if (candidate.ref.timestamp > initiated) return 'bad'
	return isIn(message, candidate) ? candidate : 'bad'
}
