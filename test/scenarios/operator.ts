import type { BlockRef, DerivedBlockRefPair } from '../../src/protocol/block.js'
import type { ChainId } from '../../src/protocol/chain-id.js'
import { ConflictError } from '../../src/protocol/errors.js'
import type { Hash } from '../../src/protocol/hash.js'
import { safeStep } from '../../src/safety/safe-step.js'
import { unsafeStep } from '../../src/safety/unsafe-step.js'
import type { Cluster } from './cluster.js'
import { errorClass } from './error-class.js'
import { linkClass } from './link-class.js'
import type { Operation, Outcome } from './scenario.js'
import type { ClusterBlock } from './scenario-blocks.js'

const OK: Outcome = { verdict: 'ok' }

/** Performs the steps of a scenario on the store of its cluster, as main and the cross-safety worker would. */
export class Operator {
	/** What each node has derived, and would derive again after a reset (rules, P4). */
	readonly #derived = new Map<ChainId, DerivedBlockRefPair[]>()
	/** Replacements that `replace` has put into the log index; the recording seals them by a step of its own. */
	readonly #placed = new Set<Hash>()
	#rewoundTo: number | undefined

	constructor(readonly cluster: Cluster) {}

	/** Performs one step. What Vigil refuses is an outcome; faults are thrown. */
	async perform(operation: Operation): Promise<Outcome> {
		const rewind = operation.op === 'rewindLocalSafeSource' || operation.op === 'rewindCrossSafeSource'
		if (!rewind) this.#rewoundTo = undefined
		try {
			return await this.#perform(operation, this.cluster.blocks.chainId(operation.chain))
		} catch (error) {
			return { verdict: errorClass(error) }
		}
	}

	#perform(operation: Operation, chainId: ChainId): Promise<Outcome> {
		const { blocks } = this.cluster
		const { block, l1 } = operation
		switch (operation.op) {
			case 'init':
				return this.init(chainId, blocks.block(chainId, block).ref, blocks.l1(l1))
			case 'initUnsafe':
				return this.#initUnsafe(chainId, blocks.block(chainId, block).ref)
			case 'seal':
				return this.seal(chainId, blocks.block(chainId, block))
			case 'derive':
				return this.derive(chainId, {
					source: blocks.l1(l1),
					derived: blocks.block(chainId, block).ref,
				})
			case 'unsafe':
				return this.unsafe(chainId)
			case 'safe':
				return this.safe(chainId)
			case 'replace':
				return this.replace(
					chainId,
					blocks.block(chainId, block),
					blocks.block(chainId, operation.invalidated).ref.hash,
				)
			case 'rewindLogs':
				return this.#rewindLogs(chainId, blocks.block(chainId, block).ref)
			case 'rewindLocalSafeSource':
			case 'rewindCrossSafeSource':
				return this.#rewindSource(blocks.l1(l1))
		}
	}

	/** Safe activation of a chain. */
	async init(chainId: ChainId, anchor: BlockRef, source: BlockRef): Promise<Outcome> {
		await this.cluster.activate(chainId, anchor, source)
		this.#history(chainId).push({ source, derived: anchor })
		return OK
	}

	/** Unsafe activation: nothing is safe yet, and cross-unsafe begins with the anchor. */
	async #initUnsafe(chainId: ChainId, anchor: BlockRef): Promise<Outcome> {
		const { store } = this.cluster
		await store.startChain(chainId, anchor)
		const { hash, number } = anchor
		const generation = this.cluster.read((view) => view.generation)
		await store.promote({ generation, chains: [{ chainId, crossUnsafe: { hash, number } }] })
		return OK
	}

	async seal(chainId: ChainId, block: ClusterBlock): Promise<Outcome> {
		const { ref, logs } = block
		if (this.#placed.delete(ref.hash)) {
			const standing = this.cluster.read((view) => view.canonical(chainId, ref.number))
			if (standing?.hash === ref.hash) return OK
		}
		await this.cluster.store.seal(chainId, [{ ...ref, logCount: logs.logCount }])
		return OK
	}

	async derive(chainId: ChainId, link: DerivedBlockRefPair): Promise<Outcome> {
		const verdict = this.cluster.read((view) => linkClass(view, chainId, link))
		if (verdict !== 'append') return { verdict }
		await this.cluster.appendLink(chainId, link.source, link.derived)
		this.#history(chainId).push(link)
		return OK
	}

	async unsafe(chainId: ChainId): Promise<Outcome> {
		const { rules, store, blocks } = this.cluster
		const { step, generation } = this.cluster.read((view) => ({
			step: unsafeStep(view, rules, chainId),
			generation: view.generation,
		}))
		if (step.verdict === 'ok')
			await store.promote({ generation, chains: [{ chainId, crossUnsafe: step.head }] })
		const head = this.cluster.read((view) => view.crossUnsafe(chainId))
		return { verdict: step.verdict, ...field('crossUnsafe', head && blocks.index(chainId, head)) }
	}

	async safe(chainId: ChainId): Promise<Outcome> {
		const { rules, blocks } = this.cluster
		const before = this.cluster.read((view) => {
			const scope = view.crossSafeHead(chainId)?.scope
			return {
				step: safeStep(view, rules, chainId),
				generation: view.generation,
				scope: scope === undefined ? undefined : view.l1(scope),
			}
		})
		const { step } = before
		await this.#act(chainId, step, before.generation)
		const after = this.cluster.read((view) => {
			const head = view.crossSafeHead(chainId)
			return { head, scope: head && view.l1(head.scope), crossUnsafe: view.crossUnsafe(chainId) }
		})
		const judged =
			step.action === 'invalidate' ? step.block : step.action === 'promote' ? step.entry : undefined
		const head = after.head && blocks.index(chainId, after.head)
		const scope = blocks.l1Index(after.scope)
		return {
			verdict: step.verdict,
			action: step.action,
			...field('l1', blocks.l1Index(before.scope)),
			...field('block', judged && blocks.index(chainId, judged)),
			...field('crossSafe', scope === undefined || head === undefined ? undefined : ([scope, head] as const)),
			...field('crossUnsafe', after.crossUnsafe && blocks.index(chainId, after.crossUnsafe)),
		}
	}

	async #act(chainId: ChainId, step: ReturnType<typeof safeStep>, generation: number): Promise<void> {
		const { store } = this.cluster
		if (step.action === 'promote' || step.action === 'bump') {
			await store.promote({ generation, chains: [{ chainId, crossSafe: [step.entry] }] })
		} else if (step.action === 'invalidate') {
			const { block, scope, reason } = step
			await store.invalidate(
				chainId,
				{ block, source: block.source, scope, rule: reason, time: 0 },
				generation,
			)
		}
	}

	/** A replacement is taken for the marked block alone (rules, section 7). */
	async replace(chainId: ChainId, block: ClusterBlock, invalidated: Hash): Promise<Outcome> {
		const marker = this.cluster.read((view) => view.pendingInvalidation(chainId))
		if (marker?.block.hash !== invalidated)
			throw new ConflictError(`chain ${chainId}: no replacement of ${invalidated} is awaited`)
		const { ref, logs } = block
		if (logs.executing.length > 0)
			throw new ConflictError(`chain ${chainId}: the replacement executes messages`)
		await this.cluster.store.replace(chainId, { ...ref, logCount: logs.logCount })
		const { source, isSealed } = this.cluster.read((view) => ({
			source: view.l1(marker.scope),
			isSealed: view.canonical(chainId, ref.number)?.hash === ref.hash,
		}))
		if (isSealed) this.#placed.add(ref.hash)
		if (source !== undefined) this.#history(chainId).push({ source, derived: ref })
		return OK
	}

	async #rewindLogs(chainId: ChainId, to: BlockRef): Promise<Outcome> {
		await this.cluster.store.cutCanonical(chainId, to)
		return OK
	}

	/**
	 * The recording rewinds one table of one chain after the other. In Vigil an L1 reorg is one cut of all chains
	 * (rules, section 10): the first of these steps makes it, the rest of the row finds it made. Then each node walks
	 * again what it derives from the L1 blocks that are left.
	 */
	async #rewindSource(to: BlockRef): Promise<Outcome> {
		if (this.#rewoundTo === to.number) return OK
		this.#rewoundTo = to.number
		const head = this.cluster.read((view) => view.l1Head)
		if (head === undefined || head.number <= to.number) return OK
		await this.cluster.store.cutL1(to)
		for (const [chainId, links] of this.#derived) {
			const kept = links.filter((link) => link.source.number <= to.number)
			this.#derived.set(chainId, kept)
			for (const link of kept) {
				const isNews = this.cluster.read((view) => linkClass(view, chainId, link) === 'append')
				if (isNews) await this.cluster.appendLink(chainId, link.source, link.derived)
			}
		}
		return OK
	}

	/** What the node of a chain has derived so far, as far as L1 was not rewound below it. */
	lastDerived(chainId: ChainId, parent: Hash): BlockRef | undefined {
		return this.#history(chainId).findLast(({ derived }) => derived.parentHash === parent)?.derived
	}

	#history(chainId: ChainId): DerivedBlockRefPair[] {
		const links = this.#derived.get(chainId)
		if (links !== undefined) return links
		const made: DerivedBlockRefPair[] = []
		this.#derived.set(chainId, made)
		return made
	}
}

function field<Name extends string, T>(name: Name, value: T | undefined): { [K in Name]?: T } {
	return (value === undefined ? {} : { [name]: value }) as { [K in Name]?: T }
}
