import type { DerivedBlockRefPair } from '../../src/protocol/block.js'
import { type ObservedChain, observe } from './observed.js'
import type { Reported, System } from './system.js'
import { FINAL, type World, type WorldBlock, type WorldChain } from './world.js'

/** More than any cluster of this size takes: one that takes more goes in circles. */
const MAX_ROUNDS = 200

/**
 * The world around Vigil: L1, nodes that derive from it what the rules say, and main, which takes what they tell to
 * the store. Every method is one thing that may happen at any time; it does nothing where it cannot happen.
 */
export class ClusterRun {
	/** What happened, for people. */
	readonly told: string[] = []
	#state: readonly ObservedChain[] | undefined
	#branch = FINAL
	/** How far nodes have been given L1. */
	#l1Tip = 1

	constructor(
		private readonly world: World,
		private readonly system: System,
	) {}

	/** All chains, in one snapshot: read once, until something is done or the promoter may have done something. */
	state(): readonly ObservedChain[] {
		const { store } = this.system
		this.#state ??= store.read((view) =>
			this.world.chains.map((chain) =>
				observe(view, this.world, chain, this.system.removed.get(chain.chainId)),
			),
		)
		return this.#state
	}

	/** Waits until the promoter rests. */
	async settle(): Promise<void> {
		await this.system.settle()
		this.#state = undefined
	}

	/** Nodes are given more L1 blocks. */
	growL1(blocks: number): void {
		this.#l1Tip = Math.min(this.#height(this.#branch), this.#l1Tip + blocks)
		this.#tell(`L1 grows to ${this.#l1Tip}`)
	}

	/** A node tells up to so many links; says whether there was one. */
	async derive(chain: WorldChain, count: number): Promise<boolean> {
		const { store } = this.system
		const of = this.#chain(chain)
		if (of.marked !== undefined) return false
		let source = of.lastSource
		let head = [...of.localSafe.values()].at(-1)?.block ?? chain.anchor
		const links: DerivedBlockRefPair[] = []
		for (
			;
			links.length < count;
			links.push({ source: this.world.l1(this.#branch, source), derived: head.ref })
		) {
			if (source === undefined) {
				source = chain.plan.anchorSource
				continue
			}
			const next = this.world.child(head, this.#branch)
			if (next !== undefined && next.source <= source) head = next.block
			else if (source < this.#l1Tip) source++
			else break
		}
		if (links.length === 0) return false
		if (!of.isStarted) await store.startChain(chain.chainId, chain.anchor.ref)
		await store.appendLinks(chain.chainId, { links })
		const [first, last] = [links[0]?.source.number, links.at(-1)?.source.number]
		const names = new Set(links.map(({ derived }) => this.world.block(derived.hash).name))
		this.#tell(`L1 ${first} to ${last} derive ${[...names].join(' ')}`)
		return true
	}

	/** The sequencer's next blocks: those that L1 will have, or others. */
	async seal(chain: WorldChain, count: number, isOther: boolean): Promise<void> {
		const { store } = this.system
		const of = this.#chain(chain)
		if (!of.isStarted) {
			await store.startChain(chain.chainId, chain.anchor.ref)
			this.#tell(`${chain.anchor.name} begins the log index`)
		}
		const run: WorldBlock[] = []
		for (let parent = of.indexHead ?? chain.anchor; run.length < count; ) {
			const block = this.#announced(of, parent, isOther)
			if (block === undefined) break
			run.push(block)
			parent = block
		}
		await this.#seal(chain, run)
	}

	/** The log index leaves blocks that are not those of local-safe, and indexes what is. */
	async reconcile(chain: WorldChain): Promise<boolean> {
		const { localSafe, index, indexHead, isStarted } = this.#chain(chain)
		const derived = [...localSafe.values()].map(({ block }) => block)
		const missing = derived.filter((block) => index.get(block.ref.number) !== block)
		const common = derived.findLast((block) => index.get(block.ref.number) === block)
		if (!isStarted || missing.length === 0 || common === undefined) return false
		if (indexHead !== common) {
			await this.system.store.cutCanonical(chain.chainId, common.ref)
			this.#tell(`the index of ${chain.letter} is cut to ${common.name}, where local-safe is another`)
		}
		await this.#seal(chain, missing)
		return true
	}

	/** An unsafe reorg takes away up to so many blocks. */
	async cutUnsafe(chain: WorldChain, count: number): Promise<void> {
		const { head, index, indexHead } = this.#chain(chain)
		if (indexHead === undefined) return
		const floor = (head?.block ?? chain.anchor).ref.number
		const to = index.get(Math.max(floor, indexHead.ref.number - count))
		if (to === undefined || to === indexHead) return
		await this.system.store.cutCanonical(chain.chainId, to.ref)
		this.#tell(`an unsafe reorg cuts ${chain.letter} to ${to.name}`)
	}

	/** L1 goes over to a branch, or repeats its last blocks. */
	async switchL1(branch: number, depth: number): Promise<void> {
		const final = this.system.store.read((view) => view.finalizedL1)?.number ?? 1
		const common = Math.max(final, Math.min(this.world.commonL1(this.#branch, branch), this.#l1Tip) - depth)
		const head = this.system.store.read((view) => view.l1Head)
		if (head !== undefined && head.number > common) {
			await this.system.cutL1(this.world.l1(this.#branch, common))
			this.#tell(`L1 is rewound to ${common}`)
		}
		this.#branch = branch
		this.#l1Tip = Math.min(this.#l1Tip, this.#height(branch))
		this.#tell(`L1 is on branch ${branch}`)
	}

	/** Main acts on a report, which may be outdated. */
	async invalidate(chain: WorldChain): Promise<boolean> {
		const report = this.system.reported.get(chain.chainId)
		if (report === undefined || this.#chain(chain).marked !== undefined) return false
		this.system.reported.delete(chain.chainId)
		const isDone = await this.system.store.invalidate(chain.chainId, invalidRow(report), report.generation)
		const { name } = this.world.block(report.block.hash)
		this.#tell(
			isDone
				? `${name} is invalidated at scope ${report.scope}: ${report.reason}`
				: `${name} is to be judged anew`,
		)
		return true
	}

	/** The node has replaced the invalid block. */
	async replace(chain: WorldChain): Promise<boolean> {
		const { marked } = this.#chain(chain)
		if (marked === undefined) return false
		const block = this.world.replacement(marked)
		const [sealed] = await this.system.index([block])
		if (sealed === undefined) throw new RangeError(`${block.name} is not sealed`)
		await this.system.store.replace(chain.chainId, sealed)
		this.#tell(`${marked.name} is replaced by ${block.name}`)
		return true
	}

	async restart(): Promise<void> {
		await this.system.restart()
		this.#tell('Vigil is restarted')
	}

	/** L1 is final as far as no branch leaves it, and what is older than messages can be is removed. */
	async prune(limit: number): Promise<void> {
		const forks = this.world.l1Heights.map((_, branch) => this.world.commonL1(branch, FINAL))
		const removed = await this.system.prune(Math.min(...forks), limit)
		if (removed > 0) this.#tell(`${removed} blocks are removed`)
	}

	hold(): void {
		this.system.hold()
		this.#tell('the next promotion is late')
	}

	/** Lets all happen that has to, until nothing moves: up to the block that closes all chains, or before it. */
	async finish(closes: boolean): Promise<void> {
		if (this.#branch !== FINAL) await this.switchL1(FINAL, 0)
		const { l1Height, lastLinks } = this.world.plan
		this.#l1Tip = closes ? l1Height + 1 : l1Height
		this.#tell(`everything up to L1 ${this.#l1Tip} arrives`)
		for (let round = 0, moved = true; moved; round++) {
			if (round === MAX_ROUNDS) throw new Error(`no rest after ${round} rounds`)
			moved = false
			for (const chain of this.world.chains) {
				moved = (await this.invalidate(chain)) || moved
				moved = (await this.replace(chain)) || moved
				moved = (await this.derive(chain, lastLinks)) || moved
				moved = (await this.reconcile(chain)) || moved
			}
			await this.settle()
			moved ||= this.system.reported.size > 0
		}
	}

	/** The log index goes on above local-safe with the sequencer's usual blocks, or (with 0) ends there. */
	async announce(chain: WorldChain, count: number): Promise<void> {
		const { localSafe, indexHead } = this.#chain(chain)
		const derived = [...localSafe.values()].at(-1)?.block
		if (derived === undefined) return
		if (derived !== indexHead) {
			await this.system.store.cutCanonical(chain.chainId, derived.ref)
			this.#tell(`the index of ${chain.letter} is cut to local-safe`)
		}
		await this.seal(chain, count, false)
	}

	/** The last L1 block of now that the final L1 has too. */
	get settledL1(): number {
		return this.world.commonL1(this.#branch, FINAL)
	}

	/** What is sealed on a block, unless the store would refuse it. */
	#announced(of: ObservedChain, parent: WorldBlock, isOther: boolean): WorldBlock | undefined {
		const { marked, localSafe, invalidated } = of
		if (marked !== undefined && parent.ref.number + 1 >= marked.ref.number) return undefined
		const derived = localSafe.get(parent.ref.number + 1)?.block
		const expected = derived?.ref.parentHash === parent.ref.hash ? derived : undefined
		const usual = expected ?? this.world.announced(parent)
		const block = isOther ? this.world.announced(parent, 'unsafe') : usual
		return block !== undefined && invalidated.includes(block) ? undefined : block
	}

	async #seal(chain: WorldChain, run: readonly WorldBlock[]): Promise<void> {
		if (run.length === 0) return
		await this.system.store.seal(chain.chainId, await this.system.index(run))
		this.#tell(`${run.map(({ name }) => name).join(' ')} sealed`)
	}

	#chain(chain: WorldChain): ObservedChain {
		const found = this.state()[chain.index]
		if (found === undefined) throw new RangeError(`the world has no chain ${chain.letter}`)
		return found
	}

	/** The closing block comes last of all. */
	#height(branch: number): number {
		return branch === FINAL ? this.world.plan.l1Height : (this.world.l1Heights[branch] ?? 0)
	}

	/** Something was done. */
	#tell(what: string): void {
		this.told.push(what)
		this.#state = undefined
	}
}

/** The row that main puts. */
function invalidRow({ block, scope, reason }: Reported) {
	return { block, source: block.source, scope, rule: reason, time: 0 }
}
