import type { BlockRef } from '../../src/protocol/block.js'
import type { View } from '../../src/storage/index.js'
import { brokenInvariants } from '../oracle/invariants.js'
import { type ObservedChain, observe, type RemovedRows } from '../oracle/observed.js'
import type { L1Script } from './l1-script.js'
import type { L1Block, SimulatedBlock, SimulatedChain, SimulatedWorld } from './world.js'

/** All that the checks look at, from one snapshot. */
export interface Observed {
	readonly chains: readonly ObservedChain<SimulatedBlock>[]
	readonly finalized: readonly (SimulatedBlock | undefined)[]
	readonly finalizedL1: BlockRef | undefined
	/** How many blocks of all chains retention has removed. */
	readonly removed: number
	/** The stored L1. */
	readonly l1: ReadonlyMap<number, BlockRef>
}

export function observeAll(view: View, world: SimulatedWorld, script: L1Script): Observed {
	return {
		chains: world.chains.map((chain) => observe(view, world, chain, removedRows(view, chain, script))),
		finalized: world.chains.map(({ chainId }) => {
			const head = view.finalized(chainId)
			return head && world.block(head.hash)
		}),
		finalizedL1: view.finalizedL1,
		removed: world.chains.reduce((sum, chain) => sum + removedRows(view, chain, script).index.length, 0),
		l1: new Map([...view.l1Blocks()].map((block) => [block.number, block])),
	}
}

/** What retention has removed was final: it is what the winning L1 says. */
function removedRows(view: View, chain: SimulatedChain, script: L1Script): RemovedRows {
	const kept = view.firstKept(chain.chainId)?.number ?? 0
	const isRemoved = ({ block }: { readonly block: SimulatedBlock }) =>
		block.ref.number >= chain.anchor.ref.number && block.ref.number < kept
	const { settled, derived } = script.last.state.of(chain)
	const localSafe = derived
		.filter(isRemoved)
		.map(({ block: { ref }, source }) => ({ ...ref, source, scope: null }))
	const crossSafe = settled.filter(isRemoved).map(({ block: { ref }, scope }) => ({ ...ref, scope }))
	return { crossSafe, localSafe, index: localSafe }
}

/** What must never be, at any moment (rules, section 11), in words. */
export class StepChecks {
	readonly #world: SimulatedWorld
	readonly #winning: ReadonlyMap<string, L1Block>
	readonly #settled: ReadonlySet<SimulatedBlock>
	readonly #invalidated: ReadonlySet<SimulatedBlock>
	#finalizedL1 = -1

	constructor(world: SimulatedWorld, script: L1Script) {
		this.#world = world
		const winning = new Map<string, L1Block>()
		for (let block: L1Block | undefined = script.tip; block !== undefined; block = block.parent)
			winning.set(block.ref.hash, block)
		this.#winning = winning
		const states = world.chains.map((chain) => script.tip.state.of(chain))
		this.#settled = new Set(states.flatMap(({ settled }) => settled.map(({ block }) => block)))
		this.#invalidated = new Set(states.flatMap(({ invalidated }) => invalidated.map(({ block }) => block)))
	}

	broken(seen: Observed): string[] {
		return [
			...brokenInvariants(this.#world, seen.chains),
			...seen.chains.flatMap((of) => this.#brokenHeads(of)),
			...this.#brokenFinality(seen),
			...seen.chains.flatMap((of) => this.#contradictions(seen, of)),
		]
	}

	/** Is a head that a node was told to be final one for ever? */
	isFinal(block: SimulatedBlock): boolean {
		return this.#settled.has(block)
	}

	isWinning(l1: string): boolean {
		return this.#winning.has(l1)
	}

	#brokenHeads({ chain, head, localSafe, crossUnsafe, indexHead }: ObservedChain<SimulatedBlock>): string[] {
		const broken: string[] = []
		const safe = [...localSafe.keys()].at(-1) ?? -1
		const isAbove = (block: SimulatedBlock | undefined, number: number) =>
			block !== undefined && block.ref.number > number
		if (isAbove(head?.block, safe)) broken.push(`cross-safe of ${chain.letter} is above local-safe`)
		if (isAbove(crossUnsafe, indexHead?.ref.number ?? -1))
			broken.push(`cross-unsafe of ${chain.letter} is above local-unsafe`)
		return broken
	}

	#brokenFinality({ finalizedL1, finalized, chains }: Observed): string[] {
		const broken: string[] = []
		const number = finalizedL1?.number ?? -1
		if (number < this.#finalizedL1)
			broken.push(`finality went back from L1 ${this.#finalizedL1} to ${number}`)
		this.#finalizedL1 = Math.max(this.#finalizedL1, number)
		if (finalizedL1 !== undefined && !this.#winning.has(finalizedL1.hash))
			broken.push(`L1 ${number} is finalized and not on the winning L1`)
		finalized.forEach((block, i) => {
			if (block === undefined) return
			if (!this.#settled.has(block)) broken.push(`${block.name} is finalized and must not be cross-safe`)
			const head = chains[i]?.head
			if (head !== undefined && head.block.ref.number < block.ref.number)
				broken.push(`${block.name} is finalized, above cross-safe ${head.block.name}`)
		})
		return broken
	}

	/** What was decided within L1 blocks that the winning L1 has is decided for ever. */
	#contradictions({ l1 }: Observed, of: ObservedChain<SimulatedBlock>): string[] {
		const isSettledL1 = (scope: number) => {
			const stored = l1.get(scope)
			return stored !== undefined && this.#winning.has(stored.hash)
		}
		const safe = of.crossSafe.filter(({ block, scope }) => isSettledL1(scope) && !this.#settled.has(block))
		const invalid = [...of.invalidScopes].filter(
			([block, scope]) => isSettledL1(scope) && !this.#invalidated.has(block),
		)
		return [
			...safe.map(({ block, scope }) => `${block.name} is cross-safe at scope ${scope} and must not be`),
			...invalid.map(([block, scope]) => `${block.name} was invalidated at scope ${scope} and is valid`),
		]
	}
}
