import { EventEmitter } from 'node:events'
import type { Logger } from 'pino'
import type { RollupConfig } from '../config/rollup-config.js'
import { backoffMs } from '../indexing/backoff.js'
import { ChainIndexer } from '../indexing/chain-indexer.js'
import { IndexingStoppedError } from '../indexing/errors.js'
import type { BlockId, BlockRef, BlockReplacement, DerivedBlockRefPair } from '../protocol/block.js'
import { formatBlock } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import { type Hash, ZERO_HASH } from '../protocol/hash.js'
import type { ManagedEvent } from '../protocol/managed-event.js'
import type { InvalidBlock } from '../safety/promotion-round.js'
import type { InvalidatedBlock } from '../storage/index.js'
import type { ChainContext } from './chain-context.js'
import { ChainNodes } from './chain-nodes.js'
import type { CoordinatorEvents, CoordinatorModules } from './coordinator-modules.js'
import { Dispute } from './dispute.js'
import { EventQueue } from './event-queue.js'
import { handleEvent } from './handle-event.js'
import { HeadProbe } from './head-probe.js'
import type { Held } from './hold-chains.js'
import { invalidateBlock, type ReplacingChain, replaceBlock } from './invalidate-block.js'
import type { L1View } from './l1-view.js'
import { LinkWriter } from './link-writer.js'
import { meetNode } from './meet-node.js'
import type { NodeSession } from './node-session.js'
import { isTransient } from './transient-error.js'

/**
 * Runs one chain: takes the events of its nodes strictly in order, keeps its local-safe chain, and has its blocks
 * indexed. What cannot be explained stops this chain loudly, and nothing else.
 */
export class ChainCoordinator extends EventEmitter<CoordinatorEvents> implements ChainContext {
	readonly chainId: ChainId
	readonly rollup: RollupConfig
	readonly log: Logger
	readonly l1: L1View
	readonly links: LinkWriter
	readonly dispute: Dispute
	readonly #modules: CoordinatorModules
	readonly #nodes = new ChainNodes()
	readonly #queue: EventQueue
	readonly #probe: HeadProbe
	#last: DerivedBlockRefPair | undefined
	#anchor: BlockRef | undefined
	#indexer: ChainIndexer | undefined
	#awaited: BlockRef | undefined
	#stopped: Error | undefined

	constructor(rollup: RollupConfig, modules: CoordinatorModules) {
		super()
		this.chainId = rollup.chainId
		this.rollup = rollup
		this.#modules = modules
		this.log = modules.log.child({ chain: `${rollup.chainId}` })
		this.l1 = modules.l1
		this.links = new LinkWriter({
			log: this.log,
			l1: modules.l1,
			append: (batch) => modules.store.appendLinks(rollup.chainId, batch),
			onCommitted: () => this.#last && this.emit('localSafe', this.#last),
			onRefused: (error) => this.#stop(error),
		})
		this.dispute = new Dispute({
			log: this.log,
			nodes: () => this.#nodes.all,
			store: {
				disputed: () => modules.store.disputed(rollup.chainId),
				setDisputed: (disputed) => modules.store.setDisputed(rollup.chainId, disputed),
				localSafeHash: (number) => this.localSafeHash(number),
			},
			giveUp: (block) => this.#giveUp(block),
			changed: () => this.emit('changed'),
		})
		this.#probe = new HeadProbe({
			sessions: () => this.#nodes.all,
			indexed: () => this.#indexer?.head.number,
			found: (head, session) => this.index(head, session),
		})
		this.#queue = new EventQueue({
			handle: (session, event) => this.#handle(session, event),
			full: () => this.#nodes.pause(),
			drained: () => this.#nodes.resume(),
		})
	}

	/** Takes up the chain where the store has it; a chain with interop at genesis begins at its genesis block. */
	async start(): Promise<void> {
		const { store } = this.#modules
		const { genesis, interopTime } = this.rollup
		this.#last = store.lastLink(this.chainId)
		this.#awaited = store.pendingInvalidation(this.chainId)
		const anchor = store.anchor(this.chainId)
		if (anchor !== undefined) this.#startIndexer(anchor, store.head(this.chainId) ?? anchor)
		else if (interopTime !== null && interopTime <= genesis.l2Time) {
			await this.begin({ ...genesis.l2, parentHash: ZERO_HASH, timestamp: genesis.l2Time })
		}
	}

	get last(): DerivedBlockRefPair | undefined {
		return this.#last
	}

	set last(link: DerivedBlockRefPair | undefined) {
		this.#last = link
	}

	get anchor(): BlockRef | undefined {
		return this.#anchor
	}

	get firstKept(): BlockRef | undefined {
		return this.#modules.store.firstKept(this.chainId)
	}

	get awaited(): BlockRef | undefined {
		return this.#awaited
	}

	get stopped(): Error | undefined {
		return this.#stopped
	}

	/** Milliseconds that seals have taken so far. */
	get sealMs(): number {
		return this.#indexer?.sealMs ?? 0
	}

	/** What waits at the moment, for metrics. */
	get queues() {
		const indexer = this.#indexer
		return {
			blocksBehind: indexer === undefined ? 0 : Math.max(0, indexer.target - indexer.head.number),
			rangesInFlight: indexer?.rangesInFlight ?? 0,
			eventsQueued: this.#queue.length,
			linksQueued: this.links.staged,
		}
	}

	get nodes(): ReadonlySet<NodeSession> {
		return this.#nodes.all
	}

	async begin(anchor: BlockRef): Promise<void> {
		const { pool, store } = this.#modules
		await this.#indexer?.close()
		await pool.cancel(this.chainId)
		await store.startChain(this.chainId, anchor)
		this.log.info({ block: formatBlock(anchor) }, 'the log index of the chain begins')
		this.#startIndexer(anchor, anchor)
	}

	index(block: BlockRef, node: NodeSession): void {
		// A late node, or one of another branch than L1's: its derivation will tell.
		const derived = this.localSafeHash(block.number)
		if (derived !== undefined && derived !== block.hash) return
		this.#nodes.announced(node)
		this.#probe.heard()
		this.#indexer?.follow(block)
	}

	invalidated(block: BlockId): InvalidatedBlock | undefined {
		return this.#modules.store.invalidated(this.chainId, block)
	}

	tell(node: NodeSession): void {
		this.#modules.tell(node)
	}

	freshL1(number: number): Promise<BlockRef | undefined> {
		return this.#modules.freshL1(number)
	}

	localSafeHash(number: number): Hash | undefined {
		if (this.#last === undefined || number > this.#last.derived.number) return undefined
		const block = this.links.block(number) ?? this.#modules.store.localSafeBlock(this.chainId, number)
		return block?.hash
	}

	localSafeSource(number: number): number | undefined {
		if (this.#last === undefined || number > this.#last.derived.number) return undefined
		// Of what is not stored yet the newest source is at least as high.
		if (this.links.block(number) !== undefined) return this.#last.source.number
		return this.#modules.store.localSafeSource(this.chainId, number)
	}

	/**
	 * Invalidates a block that can never be valid (rules, section 7), in its place among the events. It is reported
	 * once a generation only, so it is tried again until its marker is written.
	 */
	invalidate(invalid: InvalidBlock, generation: number, attempt = 1): void {
		this.#queue.exclusive(async () => {
			try {
				await invalidateBlock(this.#replacing(), invalid, generation)
			} catch (error) {
				if (!isTransient(error)) return this.#stop(error)
				this.log.error({ err: error }, 'an invalid block could not be marked, it is tried again')
				setTimeout(() => this.invalidate(invalid, generation, attempt + 1), backoffMs(attempt)).unref()
			}
		})
	}

	async replace(node: NodeSession, replaced: BlockReplacement): Promise<void> {
		await replaceBlock(this.#replacing(), node, replaced)
	}

	/** Stops between two events, with all links written, until `release` is called. */
	hold(): Promise<Held> {
		return this.#queue.hold(() => this.links.flush())
	}

	/** Takes up the chain after a cut of L1, or one that an operator made. Called while it is held. */
	async afterL1Cut(common: BlockRef, reason = `L1 reorg to ${formatBlock(common)}`): Promise<void> {
		const { store } = this.#modules
		this.#last = store.lastLink(this.chainId)
		this.#awaited = store.pendingInvalidation(this.chainId)
		const ceiling = this.#awaited === undefined ? undefined : this.#awaited.number - 1
		await this.#indexer?.recut(async () => store.head(this.chainId), ceiling)
		await this.dispute.recheck()
		for (const session of this.#nodes.all) {
			session.heads.cut()
			if (this.#awaited === undefined) session.invalidation.end()
			session.startReset(reason)
		}
	}

	suspectL1(): void {
		this.emit('suspectL1')
	}

	/** A node of this chain is connected and subscribed. */
	nodeReady(session: NodeSession): void {
		this.#nodes.add(session)
		session.connect()
		if (this.#queue.isFull) session.pause()
		else session.resume()
		if (this.#awaited !== undefined) session.invalidation.begin(this.#awaited)
		this.#indexer?.retryNow()
		this.meet(session)
	}

	/** Beside the events of the chain, which must not wait for a node that does not answer. */
	meet(session: NodeSession): void {
		this.#beside(session, this.#compare(session))
	}

	/** A node was reset: what it said of its unsafe blocks meanwhile is lost. */
	nodeReset(session: NodeSession): void {
		this.tell(session)
		if (this.#awaited !== undefined) session.invalidation.begin(this.#awaited)
		this.#probe.find(session).catch(() => {}) // It is asked again when nothing is heard.
	}

	nodeDown(session: NodeSession): void {
		session.disconnect()
		this.#queue.forget(session)
	}

	/** The node is not asked or told anything any more. */
	nodeLeft(session: NodeSession): void {
		this.nodeDown(session)
		this.#nodes.leave(session)
	}

	/** Queues an event. Those of a node that is being reset are not of its new state yet (protocol notes, "Resets"). */
	nodeEvent(session: NodeSession, event: ManagedEvent): void {
		if (this.#stopped !== undefined) return
		if (session.resetting) {
			session.hold(event)
			return
		}
		session.heard(event)
		this.#queue.push(session, event)
	}

	/** Ends after the event in hand, with what is staged written. */
	async close(): Promise<void> {
		this.#probe.close()
		this.#nodes.disconnect()
		await this.#queue.close()
		await this.links.close()
		await this.#indexer?.close()
	}

	async #handle(session: NodeSession, event: ManagedEvent): Promise<void> {
		if (this.#stopped !== undefined || session.resetting || !session.connected) return
		try {
			await handleEvent(this, session, event)
		} catch (error) {
			if (isTransient(error)) {
				// The node is gone, and will be asked anew when it comes back.
				if (!session.connected) return
				this.log.warn(
					{ node: session.url, err: error },
					'an event could not be handled, the node will be walked again',
				)
				session.startReset(`an event was lost: ${error.message}`)
			} else this.#stop(error)
		}
	}

	#beside(session: NodeSession, comparison: Promise<void>): void {
		comparison.catch((error: unknown) => {
			// Its next events say the same, later.
			if (isTransient(error))
				this.log.debug({ node: session.url, err: error }, 'the node was not compared with the chain')
			else this.#stop(error)
		})
	}

	/** Compares a node with the store, and looks how far its chain goes beyond ours. */
	async #compare(session: NodeSession): Promise<void> {
		await meetNode(this, session)
		await this.#probe.find(session)
	}

	#startIndexer(anchor: BlockRef, head: BlockRef): void {
		this.#anchor = anchor
		const { pool, store } = this.#modules
		this.#indexer = new ChainIndexer(
			{ chainId: this.chainId, anchor, head },
			{
				log: this.log,
				store,
				pool,
				node: (failures) => this.#nodes.source(failures),
				hasElsewhere: (block, node) => this.#nodes.hasElsewhere(block, node),
				derivedHash: (number) => this.localSafeHash(number),
			},
		)
		if (this.#awaited !== undefined) {
			// Nothing is sealed in the place of an invalid block but its replacement.
			const { number } = this.#awaited
			void this.#indexer.recut(async () => head, number - 1)
		}
		this.#indexer.on('sealed', (...sealed) => this.emit('sealed', ...sealed))
		this.#indexer.on('reorg', (...reorg) => this.emit('reorg', ...reorg))
		this.#indexer.on('strayed', (node) => {
			const session = this.#nodes.sessionOf(node)
			// Its head is not looked for: that would only be compared and found astray again, without a pause.
			if (session !== undefined) this.#beside(session, meetNode(this, session))
		})
		this.#indexer.on('stopped', (error) => {
			const { genesis, interopTime } = this.rollup
			const isDerived = this.#last !== undefined || (interopTime ?? 0) <= genesis.l2Time
			if (isDerived || !(error instanceof IndexingStoppedError)) return this.#stop(error)
			// An activation block that is not derived is only what a sequencer said; it says now what came instead.
			this.log.warn(
				{ block: formatBlock(anchor) },
				'the activation block was reorganised away, the log index begins anew',
			)
			this.#anchor = undefined
			this.#indexer = undefined
		})
	}

	#replacing(): ReplacingChain {
		const { chainId, log } = this
		const { pool, store } = this.#modules
		return {
			chainId,
			log,
			pool,
			store,
			sessions: this.#nodes.all,
			dispute: this.dispute,
			awaited: this.#awaited,
			flushLinks: () => this.links.flush(),
			recut: async (cut, ceiling) => {
				await this.#indexer?.recut(cut, ceiling)
				this.#last = store.lastLink(chainId)
				await this.dispute.recheck()
			},
			await: (block) => {
				this.#awaited = block
				if (block !== undefined) this.emit('invalidated', block)
			},
			changed: () => this.emit('changed'),
		}
	}

	/** No node has this local-safe block any more: what they have in its place is derived anew. */
	async #giveUp(block: BlockId): Promise<void> {
		const { store } = this.#modules
		await this.links.flush()
		await store.cutLocalSafe(this.chainId, block.number - 1)
		this.#last = store.lastLink(this.chainId)
		for (const session of this.#nodes.all) {
			session.heads.cut()
			session.startReset(`local-safe was cut back below ${formatBlock(block)}`)
		}
	}

	#stop(error: unknown): void {
		if (this.#stopped !== undefined) return
		this.#stopped = error instanceof Error ? error : new Error(String(error))
		this.log.fatal({ err: this.#stopped }, 'this chain is stopped: an operator has to look')
		this.emit('stopped', this.#stopped)
	}
}
