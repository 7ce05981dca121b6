import { createHash } from 'node:crypto'
import { type BlockRef, formatBlock, sameBlock } from '../../src/protocol/block.js'
import type { ChainId } from '../../src/protocol/chain-id.js'
import { bytesToHash, type Hash } from '../../src/protocol/hash.js'
import type { Cluster } from './cluster.js'
import type { Operator } from './operator.js'
import type { Outcome, Scenario } from './scenario.js'
import { blockWithLogs, type ClusterBlock } from './scenario-blocks.js'

/** More rounds than blocks and L1 blocks of any scenario together: a cluster that takes more does not come to rest. */
const MAX_ROUNDS = 1000

/**
 * Drives a cluster from wherever it is to its natural end: everything that was generated is derived and indexed, L1
 * goes on to the last block, each marker gets its replacement, and all steps run until nothing changes.
 */
export class NaturalEnd {
	/** Later than every block: no message waits for what a chain might still hold at its time. */
	readonly #endTime: number
	/** Recorded replacements by the block that they replace. */
	readonly #replacements = new Map<Hash, ClusterBlock>()
	readonly #isReplacement = new Set<Hash>()

	constructor(
		scenario: Scenario,
		private readonly modules: { readonly cluster: Cluster; readonly operator: Operator },
	) {
		const { blocks } = modules.cluster
		const times = Object.values(scenario.chains).flatMap((chain) => chain.map(({ ref }) => ref.timestamp))
		this.#endTime = Math.max(...times) + 1
		for (const { op, chain, block, invalidated } of scenario.ops) {
			if (op !== 'replace') continue
			const replacement = blocks.block(blocks.chainId(chain), block)
			this.#replacements.set(blocks.block(blocks.chainId(chain), invalidated).ref.hash, replacement)
			this.#isReplacement.add(replacement.ref.hash)
		}
	}

	/** @throws Error if it does not come to rest. */
	async reach(): Promise<void> {
		const { chainIds } = this.modules.cluster
		for (const chainId of chainIds) await this.#activate(chainId)
		for (let round = 0; round < MAX_ROUNDS; round++) {
			let moved = false
			for (const chainId of chainIds) {
				moved = (await this.#replace(chainId)) || moved
				moved = (await this.#derive(chainId)) || moved
				moved = (await this.#index(chainId)) || moved
			}
			for (const chainId of chainIds) {
				moved = (await this.#steps(() => this.modules.operator.unsafe(chainId))) || moved
				moved = (await this.#steps(() => this.modules.operator.safe(chainId))) || moved
			}
			if (!moved) return
		}
		throw new Error(`no rest after ${MAX_ROUNDS} rounds`)
	}

	/** What of the liveness rule does not hold: at the natural end all heads of a chain are one. */
	unreached(): string[] {
		return this.modules.cluster.read((view) =>
			view.chainIds.flatMap((chainId) => {
				const end = view.localSafeHead(chainId)?.derived
				if (end === undefined) return [`chain ${chainId} was not derived`]
				const heads = {
					'local-unsafe': view.localUnsafe(chainId),
					'cross-unsafe': view.crossUnsafe(chainId),
					'cross-safe': view.crossSafeHead(chainId),
				}
				return Object.entries(heads).flatMap(([name, head]) => {
					if (head !== undefined && sameBlock(head, end)) return []
					return [`${name} of chain ${chainId} is ${head && formatBlock(head)}, not at ${formatBlock(end)}`]
				})
			}),
		)
	}

	async #activate(chainId: ChainId): Promise<void> {
		const { cluster, operator } = this.modules
		if (cluster.read((view) => view.crossSafeHead(chainId)) !== undefined) return
		await operator.init(chainId, cluster.blocks.block(chainId, 0).ref, cluster.blocks.l1(0))
	}

	/**
	 * The replacement of a marked block: the recorded one, or one that keeps the logs before its first executing
	 * message, as those of deposits are kept (rules, P2).
	 */
	async #replace(chainId: ChainId): Promise<boolean> {
		const { cluster, operator } = this.modules
		const marker = cluster.read((view) => view.pendingInvalidation(chainId))
		if (marker === undefined) return false
		const { hash, ...place } = marker.block
		let block = this.#replacements.get(hash)
		if (block === undefined) {
			const original = cluster.blocks.byHash(chainId, hash)
			const deposits = original?.logHashes.slice(0, original.logs.executing[0]?.logIndex)
			block = blockWithLogs({ ...place, hash: madeHash('replacement', hash) }, deposits ?? [])
			await cluster.addBlock(chainId, block)
			this.#replacements.set(hash, block)
			this.#isReplacement.add(block.ref.hash)
		}
		await operator.replace(chainId, block, hash)
		return true
	}

	/** Derives what was generated on top of local-safe, one block that ends the chain's time, and L1 to its end. */
	async #derive(chainId: ChainId): Promise<boolean> {
		const { cluster, operator } = this.modules
		let moved = false
		for (;;) {
			const { head, source, isInvalid } = cluster.read((view) => {
				const last = view.localSafeHead(chainId)
				return {
					head: last?.derived,
					source: last && view.l1(last.source.number),
					isInvalid: new Set(view.invalidatedBlocks(chainId).map((row) => row.block.hash)),
				}
			})
			if (head === undefined || source === undefined) return moved
			const derived = await this.#next(chainId, head, isInvalid)
			const nextSource = derived === undefined ? this.#nextL1(source) : undefined
			if (derived === undefined && nextSource === undefined) return moved
			const outcome = await operator.derive(chainId, {
				source: nextSource ?? source,
				derived: derived ?? head,
			})
			if (outcome.verdict !== 'ok') throw new Error(`derivation of chain ${chainId}: ${outcome.verdict}`)
			moved = true
		}
	}

	/** The same block each time (rules, P4): as the node derived it last, or the first that was generated there. */
	async #next(
		chainId: ChainId,
		parent: BlockRef,
		isInvalid: ReadonlySet<Hash>,
	): Promise<BlockRef | undefined> {
		const { cluster, operator } = this.modules
		const fits = ({ hash, parentHash }: BlockRef) =>
			parentHash === parent.hash && !isInvalid.has(hash) && !this.#isReplacement.has(hash)
		const last = operator.lastDerived(chainId, parent.hash)
		if (last !== undefined && fits(last)) return last
		for (const { ref } of cluster.blocks.all(chainId)) if (fits(ref)) return ref
		if (parent.timestamp >= this.#endTime) return undefined
		const ref = {
			hash: madeHash('end', parent.hash),
			number: parent.number + 1,
			parentHash: parent.hash,
			timestamp: this.#endTime,
		}
		await cluster.addBlock(chainId, blockWithLogs(ref, []))
		return ref
	}

	#nextL1(source: BlockRef): BlockRef | undefined {
		const { cluster } = this.modules
		const stored = cluster.read((view) => view.l1(source.number + 1))
		return stored ?? cluster.blocks.scenario.l1.findLast((block) => block.parentHash === source.hash)
	}

	/** Brings the log index in line with local-safe (rules, section 10). */
	async #index(chainId: ChainId): Promise<boolean> {
		const { cluster, operator } = this.modules
		const { common, top, missing } = cluster.read((view) => {
			const derived = [...view.localSafeFrom(chainId, 0)]
			const isIndexed = (block: BlockRef) => view.canonical(chainId, block.number)?.hash === block.hash
			return {
				common: derived.findLast(isIndexed),
				top: view.localUnsafe(chainId),
				missing: derived.filter((block) => !isIndexed(block)),
			}
		})
		if (common === undefined || top === undefined || missing.length === 0) return false
		if (top.number > common.number) await cluster.store.cutCanonical(chainId, common)
		for (const { hash } of missing) {
			const block = cluster.blocks.byHash(chainId, hash)
			if (block === undefined) throw new Error(`block ${hash} of chain ${chainId} is not in the scenario`)
			await operator.seal(chainId, block)
		}
		return true
	}

	async #steps(step: () => Promise<Outcome>): Promise<boolean> {
		for (let steps = 0; steps < MAX_ROUNDS; steps++) {
			const { verdict, action } = await step()
			const isDone = verdict !== 'ok' && (action === undefined || action === 'none')
			if (isDone) return steps > 0
		}
		throw new Error(`no rest after ${MAX_ROUNDS} steps`)
	}
}

function madeHash(what: string, of: Hash): Hash {
	return bytesToHash(createHash('sha256').update(`${what} ${of}`).digest())
}
