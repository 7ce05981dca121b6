import type { Logger } from 'pino'
import { type BlockId, formatBlock } from '../protocol/block.js'
import { ConflictError } from '../protocol/errors.js'
import type { Hash } from '../protocol/hash.js'
import type { DisputedBlock } from '../storage/index.js'

/** A node as a party of a dispute. */
export interface Disputant {
	readonly url: string
}

export interface DisputeModules {
	readonly log: Logger
	/** Every node of the chain that was met since the start, connected or not. */
	readonly nodes: () => Iterable<Disputant>
	readonly store: {
		disputed(): DisputedBlock | undefined
		setDisputed(disputed: DisputedBlock | undefined): Promise<void>
		/** Hash of the local-safe block of that number. */
		localSafeHash(number: number): Hash | undefined
	}
	/**
	 * Cuts local-safe back to the parent of a block that nodes no longer have. @throws ConflictError if it is
	 * cross-safe.
	 */
	readonly giveUp: (block: BlockId) => Promise<void>
	/** The chain may be promoted again, or may not. */
	readonly changed: () => void
}

/** Before a chain's only node is believed that its own earlier block was wrong, it has to derive the other one twice. */
const REPORTS_OF_A_SINGLE_NODE = 2

/**
 * What the nodes of a chain do not agree on. From the first report of another block in a local-safe place nothing of
 * the chain is promoted, until the dissenters have derived the stored block, or all nodes the other one (protocol
 * notes, "Known trouble"). A dissenter that goes away has not agreed.
 */
export class Dispute {
	readonly #modules: DisputeModules
	readonly #dissenters = new Map<Disputant, { readonly other: Hash; readonly reports: number }>()
	#isSettledAgainst = false

	constructor(modules: DisputeModules) {
		this.#modules = modules
	}

	/** The disputed block, if there is one. */
	get disputed(): DisputedBlock | undefined {
		return this.#modules.store.disputed()
	}

	/** A node has derived another block, from the same L1, in the place of a local-safe one. */
	async report(node: Disputant, disputed: DisputedBlock): Promise<void> {
		const { log, store } = this.#modules
		const standing = this.disputed
		// The lowest one decides: what is above follows from it.
		if (standing === undefined || disputed.block.number < standing.block.number) {
			this.#dissenters.clear()
			await store.setDisputed(disputed)
			this.#modules.changed()
		} else if (disputed.block.number > standing.block.number) return
		const before = this.#dissenters.get(node)
		const reports = before?.other === disputed.other ? before.reports + 1 : 1
		this.#dissenters.set(node, { other: disputed.other, reports })
		if (reports === 1) {
			log.error(
				{
					node: node.url,
					block: formatBlock(disputed.block),
					hash: disputed.block.hash,
					other: disputed.other,
				},
				'nodes disagree on a local-safe block, nothing of this chain is promoted until they agree: find out which is right, and repair or remove the other',
			)
		}
		await this.#takeOther(disputed)
	}

	/** The chain's local-safe block of that number is what the node has derived, too. */
	async agreed(node: Disputant, number: number): Promise<void> {
		const standing = this.disputed
		if (standing === undefined || number < standing.block.number) return
		this.#dissenters.delete(node)
		if (this.#dissenters.size > 0) return
		await this.#end('the nodes agree again, the chain is promoted again', { node: node.url })
	}

	/** Local-safe was cut: what was disputed may be gone. */
	async recheck(): Promise<void> {
		const standing = this.disputed
		if (standing === undefined) return
		if (this.#modules.store.localSafeHash(standing.block.number) === standing.block.hash) return
		await this.#end('the disputed block is not local-safe any more', {})
	}

	/** All nodes have another block than the store: that is cut, and derived anew from them. */
	async #takeOther({ block, other }: DisputedBlock): Promise<void> {
		const nodes = [...this.#modules.nodes()]
		const opinions = nodes.map((node) => this.#dissenters.get(node))
		if (!opinions.every((opinion) => opinion?.other === other)) return
		if (nodes.length === 1 && (opinions[0]?.reports ?? 0) < REPORTS_OF_A_SINGLE_NODE) return
		try {
			await this.#modules.giveUp(block)
		} catch (error) {
			if (!(error instanceof ConflictError)) throw error
			if (this.#isSettledAgainst) return // It is said, and stays so.
			this.#isSettledAgainst = true
			this.#modules.log.fatal(
				{ block: formatBlock(block), other, err: error },
				'all nodes have another block in the place of a cross-safe one: the chain stays as it is, an operator has to look',
			)
			return
		}
		await this.#end('no node has the disputed block, the one that they have is taken', { other })
	}

	async #end(message: string, facts: object): Promise<void> {
		const block = this.disputed?.block
		this.#dissenters.clear()
		this.#isSettledAgainst = false
		await this.#modules.store.setDisputed(undefined)
		this.#modules.log.warn({ ...facts, ...(block && { block: formatBlock(block) }) }, message)
		this.#modules.changed()
	}
}
