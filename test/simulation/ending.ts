import { executedBy } from '../oracle/message-claim.js'
import type { ObservedChain } from '../oracle/observed.js'
import type { Observed } from './check-state.js'
import type { L1Script } from './l1-script.js'
import { ancestor, type SimulatedBlock, type SimulatedChain, type SimulatedWorld } from './world.js'

/** A block with the L1 block that goes with it. */
interface Placed {
	readonly block: SimulatedBlock
	readonly l1?: number
}

/** The heads of a chain at the end. */
export interface EndHeads {
	readonly unsafe: SimulatedBlock
	readonly safe: SimulatedBlock
	readonly finalized: SimulatedBlock | undefined
}

/**
 * Where everything has to end, from the winning L1 alone; but for the unsafe blocks above what it decides: those are
 * what the sequencer says, up to the last that is due.
 *
 * Two L1 blocks may be later than those of a clean run, because they depend on what happened; nothing may be earlier:
 * - the source of an activation block, if nobody saw it being derived: then it is that of the block after it
 * - the scope of a replacement whose block named a block of the same time that was replaced at a later scope (rules,
 *   section 11, residue); scopes of what rests on it follow
 */
export class Ending {
	readonly #world: SimulatedWorld
	readonly #script: L1Script
	/** By chain: the unsafe chain up to the last block that is due, as it is built on what L1 decides. */
	readonly #unsafe: readonly (readonly SimulatedBlock[])[]
	readonly #builtBySequencer: (chain: SimulatedChain, number: number) => SimulatedBlock | undefined

	constructor(
		world: SimulatedWorld,
		script: L1Script,
		endTime: number,
		builtBySequencer: (chain: SimulatedChain, number: number) => SimulatedBlock | undefined,
	) {
		this.#world = world
		this.#builtBySequencer = builtBySequencer
		this.#script = script
		this.#unsafe = world.chains.map((chain) => {
			const blocks = script.last.state.of(chain).derived.map(({ block }) => block)
			for (
				let head = blocks.at(-1);
				head !== undefined && head.ref.timestamp + chain.blockTime <= endTime;
			) {
				const next = world.build(head, (number) => ancestor(script.tip, number)?.ref)
				if (next === undefined) break
				blocks.push(next)
				head = next
			}
			return blocks
		})
	}

	/** The heads that nodes have to be told, if a chain stands as it is seen. */
	heads(chain: SimulatedChain, { chains }: Observed): EndHeads {
		const { settled } = this.#script.last.state.of(chain)
		const unsafe = this.#unsafeOf(chain).at(-1)
		const safe = settled.at(-1)?.block
		if (unsafe === undefined || safe === undefined) throw new RangeError(`chain ${chain.letter} has no heads`)
		const label = Math.min(this.#script.steps.at(-1)?.finalized ?? 0, this.#script.last.ref.number)
		const crossSafe = this.#isLate(chains) ? (chains[chain.index]?.crossSafe ?? []) : settled
		return { unsafe, safe, finalized: crossSafe.findLast(({ scope }) => scope <= label)?.block }
	}

	/** In what a state differs from the end. */
	differences(seen: Observed): string[] {
		const { chains, finalized, l1 } = seen
		const last = this.#script.last.ref
		const top = Math.max(-1, ...l1.keys())
		const found: string[] = []
		if (l1.get(last.number)?.hash !== last.hash || top !== last.number)
			found.push(`the stored L1 ends at ${top}, must end at ${last.number}`)
		const isLate = this.#isLate(chains)
		for (const [i, of] of chains.entries()) {
			const chain = this.#world.chains[i]
			if (chain === undefined) continue
			found.push(...this.#blockDifferences(chain, of, isLate))
			found.push(...this.#headDifferences(of, this.heads(chain, seen), finalized[i]))
		}
		return found
	}

	#blockDifferences(chain: SimulatedChain, of: ObservedChain<SimulatedBlock>, isLate: boolean): string[] {
		const { settled, invalidated } = this.#script.last.state.of(chain)
		const found: string[] = []
		const compare = (what: string, is: readonly Placed[], expected: readonly Placed[]) => {
			const at = expected.findIndex(({ block, l1 }, n) => is[n]?.block !== block || is[n]?.l1 !== l1)
			if (at === -1 && is.length === expected.length) return
			const first = at === -1 ? expected.length : at
			const part = (of: readonly Placed[]) =>
				of
					.slice(first, first + 3)
					.map(nameOf)
					.join(' ') || 'the end'
			found.push(
				`${what} of ${chain.letter} has ${part(is)} after ${first} blocks, must have ${part(expected)}`,
			)
		}
		const localSafe = [...of.localSafe.values()].map(({ block, source }) => ({ block, l1: source }))
		compare('local-safe', localSafe, this.#localSafe(chain, of))
		const scopeOf = (block: SimulatedBlock, scope: number) => {
			const own = of.crossSafe.find((settled) => settled.block === block)?.scope
			return isLate && own !== undefined && own > scope ? own : scope
		}
		compare(
			'cross-safe',
			of.crossSafe.map(({ block, scope }) => ({ block, l1: scope })),
			settled.map(({ block, scope }) => ({ block, l1: scopeOf(block, scope) })),
		)
		const unsafe = this.#unsafeOf(chain).slice(chain.anchor.ref.number)
		compare(
			'the log index',
			[...of.index.values()].map((block) => ({ block })),
			unsafe.map((block) => ({ block })),
		)
		compare(
			'invalidated',
			[...of.invalidScopes].map(([block, scope]) => ({ block, l1: scope })),
			invalidated.map(({ block, replacement }) => ({ block, l1: this.#source(chain, of, replacement) })),
		)
		return found
	}

	/** A sequencer may have changed its mind on its last blocks; what it says builds on what L1 decides, to the end. */
	#unsafeOf(chain: SimulatedChain): readonly SimulatedBlock[] {
		const due = this.#unsafe[chain.index] ?? []
		const derived = this.#script.last.state.of(chain).derived.length
		const blocks = due.slice(0, derived)
		for (let number = derived; number < due.length; number++) {
			const next = this.#builtBySequencer(chain, number)
			if (next === undefined || next.ref.parentHash !== blocks.at(-1)?.ref.hash) return due
			blocks.push(next)
		}
		return blocks
	}

	#headDifferences(
		{ chain, lastSource, head, crossUnsafe, marked }: ObservedChain<SimulatedBlock>,
		heads: EndHeads,
		finalized: SimulatedBlock | undefined,
	): string[] {
		const { number } = this.#script.last.ref
		const { letter } = chain
		const found: string[] = []
		const compare = (
			what: string,
			is: string | number | undefined,
			expected: string | number | undefined,
		) => {
			if (is !== expected) found.push(`${what} of ${letter} is ${is}, must be ${expected}`)
		}
		compare('the last source', lastSource, number)
		compare('the last scope', head?.scope, number)
		if (crossUnsafe !== heads.unsafe)
			compare('cross-unsafe', crossUnsafe?.name ?? 'none', `${heads.unsafe.name} of L1`)
		if (finalized !== heads.finalized)
			compare('finalized', finalized?.name ?? 'none', `${heads.finalized?.name} of L1`)
		if (marked !== undefined) found.push(`${marked.name} waits for its replacement`)
		return found
	}

	#localSafe(chain: SimulatedChain, of: ObservedChain<SimulatedBlock>): Placed[] {
		const { derived } = this.#script.last.state.of(chain)
		return derived
			.slice(chain.anchor.ref.number)
			.map(({ block }) => ({ block, l1: this.#source(chain, of, block) }))
	}

	/** The source that a block must have: the one that it has, if that may be later than in a clean run. */
	#source(chain: SimulatedChain, of: ObservedChain<SimulatedBlock>, block: SimulatedBlock): number {
		const { derived } = this.#script.last.state.of(chain)
		const { number } = block.ref
		const clean = derived[number]?.source ?? 0
		const own = of.localSafe.get(number)
		const latest = derived[number + 1]?.source ?? this.#script.last.ref.number
		const isFree = this.#mayBeLate(chain, block) && own?.block === block
		return isFree && own.source > clean && own.source <= latest ? own.source : clean
	}

	#mayBeLate(chain: SimulatedChain, block: SimulatedBlock): boolean {
		if (block === chain.anchor) return chain.shape.activation > 0
		const { invalidated } = this.#script.last.state.of(chain)
		const replaced = invalidated.find(({ replacement }) => replacement === block)?.block
		if (replaced === undefined) return false
		return executedBy(replaced).some(({ message }) => Number(message.timestamp) === replaced.ref.timestamp)
	}

	#isLate(chains: Observed['chains']): boolean {
		return this.#world.chains.some((chain) => {
			const of = chains[chain.index]
			const { derived } = this.#script.last.state.of(chain)
			return (
				of !== undefined && derived.some(({ block, source }) => this.#source(chain, of, block) !== source)
			)
		})
	}
}

function nameOf({ block, l1 }: Placed): string {
	return l1 === undefined ? block.name : `${block.name}@${l1}`
}
