import type { Logger } from 'pino'
import type { ExecutionNodes } from '../execution/execution-nodes.js'
import type { BlockId } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import { Follower, LOOK_AHEAD, type RoutedChain } from './follower.js'
import { PayloadSource } from './payload-source.js'
import { UnknownPayloadError } from './routing-errors.js'
import { provePayload } from './unsafe-payload.js'

export interface UnsafeRouterModules {
	readonly log: Logger
	/** What may be given to nodes, of every chain of the cluster. */
	readonly chains: ReadonlyMap<ChainId, RoutedChain>
	readonly execution: Pick<ExecutionNodes, 'call'>
	readonly onPosted?: (chainId: ChainId, url: string) => void
}

/**
 * Gives unsafe blocks of the log index to nodes that lack them, without p2p. It only reads of the cluster, and each
 * node has a loop of its own: whatever fails here holds up nothing else.
 */
export class UnsafeRouter {
	readonly #followers: readonly Follower[]
	readonly #chains: ReadonlyMap<ChainId, RoutedChain>
	readonly #source: PayloadSource

	/** @param options.nodes the ordinary RPC of op-nodes, of all chains in any order: each tells its chain */
	constructor(options: { readonly nodes: readonly string[] }, modules: UnsafeRouterModules) {
		this.#chains = modules.chains
		this.#source = new PayloadSource({ execution: modules.execution })
		this.#followers = options.nodes.map((node) => new Follower(node, { ...modules, source: this.#source }))
	}

	/** Every node and how far it is. */
	get followers(): readonly Pick<Follower, 'url' | 'chainId' | 'state' | 'lag'>[] {
		return this.#followers
	}

	/** The log index of a chain has a block more. */
	news(chainId: ChainId): void {
		for (const follower of this.#followers) if (follower.chainId === chainId) follower.news()
	}

	/**
	 * Takes a payload that somebody has, so that no execution node need be asked for it. It is proven by its hash, and
	 * passed on only once the log index has its block.
	 * @throws MalformedValueError, WrongPayloadError, UnknownPayloadError
	 */
	post(chainId: ChainId, envelope: unknown): BlockId {
		const payload = provePayload(envelope)
		const { hash, number } = payload.block
		const chain = this.#chains.get(chainId)
		const head = chain?.head()
		const isKnown = chain?.hash(number) === hash
		const isNext = head !== undefined && number > head.number && number <= head.number + LOOK_AHEAD
		if (!isKnown && !isNext) throw new UnknownPayloadError(chainId, hash, number)
		this.#source.keep(payload)
		return { number, hash }
	}

	async close(): Promise<void> {
		await Promise.all(this.#followers.map((follower) => follower.close()))
	}
}
