import type { Logger } from 'pino'
import type { L1Feed } from '../l1/l1-feed.js'
import { ManagedNode } from '../node/managed-node.js'
import type { ResetHeads } from '../node/reset-heads.js'
import type { NodeReading } from '../observability/cluster-reading.js'
import type { Metrics } from '../observability/metrics/metrics.js'
import { redactUrl } from '../observability/redact-url.js'
import type { ChainId } from '../protocol/chain-id.js'
import type { Store } from '../storage/index.js'
import type { ChainCoordinator } from './chain-coordinator.js'
import { countCall } from './count-events.js'
import { FoundHeads } from './found-heads.js'
import { NodeCounts } from './node-counts.js'
import { NodeSession } from './node-session.js'
import type { NodeAddress } from './operator.js'
import type { FoundChainHeads } from './promoter.js'
import { chooseResetHeads, type ResetLimits } from './reset-target.js'
import { isBehind, toldHeads } from './told-heads.js'

/** The managed nodes of all chains: each finds its chain when it has told its ID, and gets what that chain knows. */
export class ClusterNodes {
	readonly #nodes = new Map<ManagedNode, { readonly session: NodeSession; readonly counts: NodeCounts }>()
	readonly #chains: ReadonlyMap<ChainId, ChainCoordinator>
	readonly #silence: { readonly silenceMs?: number }
	readonly #log: Logger
	readonly #store: Store
	readonly #feed: L1Feed
	readonly #metrics: Metrics | undefined
	readonly #found = new FoundHeads()

	constructor(
		options: {
			readonly chains: ReadonlyMap<ChainId, ChainCoordinator>
			/** How long a node may be silent before it is given its next L1 block again. */
			readonly silenceMs?: number
		},
		modules: {
			readonly log: Logger
			readonly store: Store
			readonly feed: L1Feed
			readonly metrics?: Metrics
		},
	) {
		this.#chains = options.chains
		this.#silence = options.silenceMs === undefined ? {} : { silenceMs: options.silenceMs }
		this.#log = modules.log
		this.#store = modules.store
		this.#feed = modules.feed
		this.#metrics = modules.metrics
	}

	/** Nodes of a chain that can be asked now. */
	ready(chainId: ChainId): readonly ManagedNode[] {
		return [...this.#nodes.keys()].filter((node) => node.chainId === chainId && node.state === 'ready')
	}

	/** How the nodes are, for metrics. */
	readings(): NodeReading[] {
		return [...this.#nodes].map(([node, { session, counts }]) => ({
			chain: node.chainId?.toString() ?? '',
			url: node.url,
			state: node.state,
			reason: node.reason?.message,
			isResetting: session.resetting,
			resets: session.resets,
			lastResets: session.lastResets,
			refusedResets: session.refusedResets,
			events: counts.events,
			losses: counts.losses,
		}))
	}

	/** Supervises through a node. Returns how to leave it. */
	add(address: NodeAddress): () => Promise<void> {
		const metrics = this.#metrics
		const node = new ManagedNode(
			{ ...address, expected: new Set(this.#chains.keys()) },
			{
				log: this.#log,
				...(metrics === undefined ? {} : { onCall: countCall(metrics, redactUrl(address.url)) }),
			},
		)
		const counts = new NodeCounts()
		let chain: ChainCoordinator | undefined
		const session = new NodeSession(
			{
				node,
				address: address.url,
				log: this.#log,
				nextL1: (number, signal) => this.#feed.nextAfter(number, signal),
				chooseReset: async (limits) => chain && this.#chooseReset(chain, session, limits),
				isReplaced: (block) => chain?.invalidated(block)?.replacement !== null,
				// As long as no link is known, any L1 block has a node tell where it stands.
				lastSource: () => chain?.last?.source ?? chain?.rollup.genesis.l1,
				afterReset: (event) => chain?.nodeEvent(session, event),
				compare: () => chain?.meet(session),
				wasReset: () => chain?.nodeReset(session),
			},
			this.#silence,
		)
		this.#nodes.set(node, { session, counts })
		node.on('ready', () => {
			chain = node.chainId === undefined ? undefined : this.#chains.get(node.chainId)
			chain?.nodeReady(session)
		})
		node.on('event', (event) => {
			counts.told(event)
			chain?.nodeEvent(session, event)
		})
		node.on('down', (reason) => {
			counts.losses++
			const about = { node: node.url, chain: node.chainId?.toString() }
			this.#log.warn({ ...about, reason: reason.message }, 'managed node is down')
			chain?.nodeDown(session)
		})
		// The node has said why.
		node.on('refused', () => chain?.nodeDown(session))
		node.start()
		return async () => {
			chain?.nodeLeft(session)
			this.#nodes.delete(node)
			await node.close()
		}
	}

	/** Tells the nodes of these chains their newest heads. */
	tellHeads(chainIds: readonly ChainId[]): void {
		for (const chainId of chainIds) {
			for (const session of this.#chains.get(chainId)?.nodes ?? []) this.tell(session, chainId)
		}
	}

	/** Tells nodes of heads before they are stored, if no cut was made since they were found. */
	tellFound(found: readonly FoundChainHeads[], generation: number): void {
		this.#store.read((view) => this.#found.add(view, found, generation))
		this.tellHeads(found.map(({ chainId }) => chainId))
	}

	/** Tells one node of a chain the heads that it can take. */
	tell(session: NodeSession, chainId: ChainId): void {
		this.#store.read((view) => {
			const newest = this.#found.newest(view, chainId)
			session.heads.set(toldHeads(view, chainId, { agreed: session.agreed, newest }))
			session.isBehind = isBehind(view, chainId, session.agreed)
		})
	}

	async close(): Promise<void> {
		await Promise.all([...this.#nodes.keys()].map((node) => node.close()))
	}

	async #chooseReset(
		chain: ChainCoordinator,
		session: NodeSession,
		limits: ResetLimits,
	): Promise<ResetHeads | undefined> {
		await chain.links.flush()
		const { chainId, rollup } = chain
		const heads = this.#store.read((view) => ({
			anchor: view.anchor(chainId),
			firstKept: view.firstKept(chainId),
			localUnsafe: view.localUnsafe(chainId),
			crossUnsafe: view.crossUnsafe(chainId),
			crossSafe: view.crossSafeHead(chainId),
			finalized: view.finalized(chainId),
		}))
		return chooseResetHeads(
			{
				...heads,
				localSafe: chain.last?.derived,
				genesis: rollup.genesis.l2,
				interopAtGenesis: rollup.interopTime !== null && rollup.interopTime <= rollup.genesis.l2Time,
				localSafeHash: (number) => chain.localSafeHash(number),
				nodeRef: (number) => session.refByNumber(number),
				isInvalid: (block) => chain.invalidated(block) !== undefined,
				l1Block: (number) => this.#feed.blockByNumber(number),
			},
			limits,
		)
	}
}
