import { EventEmitter } from 'node:events'
import type { Logger } from 'pino'
import type { SupervisorReader } from '../api/supervisor-reader.js'
import { ExecutionNodes } from '../execution/execution-nodes.js'
import type { GatewayThread } from '../gateway/gateway-thread.js'
import { earlyChannelName } from '../indexing/early-channel.js'
import { IndexPool } from '../indexing/index-pool.js'
import type { IndexTimings } from '../indexing/index-task.js'
import { L1Feed } from '../l1/l1-feed.js'
import type { ClusterReading } from '../observability/cluster-reading.js'
import type { Metrics } from '../observability/metrics/metrics.js'
import type { ChainId } from '../protocol/chain-id.js'
import type { UnsafeRouter } from '../routing/unsafe-router.js'
import { reexamine } from '../safety/reexamine.js'
import { type DisputedBlock, openStore, type Store } from '../storage/index.js'
import { ChainCoordinator } from './chain-coordinator.js'
import { chainIdentity } from './chain-identity.js'
import { checkKept } from './check-retention.js'
import { ClusterNodes } from './cluster-nodes.js'
import { countChain, countExecution, countReport, countTasks, threadFigures } from './count-events.js'
import { Finality } from './finality.js'
import { gatewayOf, l1ChainIdOf } from './gateway-of.js'
import { L1Reconciler } from './l1-reconciler.js'
import { L1View } from './l1-view.js'
import { NodeOutputs } from './node-outputs.js'
import { Operator } from './operator.js'
import type { PromotionCounts, SafetyReport } from './promoter.js'
import { Retention } from './retention.js'
import { routerOf } from './router-of.js'
import { SafetyThread } from './safety-thread.js'
import { SlowClose } from './slow-close.js'
import { storeAccess } from './store-access.js'
import { storeReading } from './store-reading.js'
import { type SupervisorApi, supervisorApi } from './supervisor-api.js'
import {
	l1Times,
	type SupervisorEvents,
	type SupervisorModules,
	type SupervisorOptions,
} from './supervisor-options.js'
import { indexWorkerData, safetyWorkerData } from './thread-data.js'
import { workReading } from './work-reading.js'

export type { SupervisorEvents, SupervisorModules, SupervisorOptions }

/** The whole supervisor without its RPC server: it wires the rooms together and owns their lives. */
export class Supervisor extends EventEmitter<SupervisorEvents> {
	readonly #store: Store
	readonly #feed: L1Feed
	readonly #pool: IndexPool
	readonly #nodes: ClusterNodes
	readonly #execution: ExecutionNodes
	readonly #coordinators: ReadonlyMap<ChainId, ChainCoordinator>
	readonly #options: SupervisorOptions
	readonly #log: Logger
	readonly #safety: SafetyThread
	readonly #reconciler: L1Reconciler
	readonly #finality: Finality
	readonly #operator: Operator
	readonly #api: SupervisorApi
	readonly #metrics: Metrics | undefined
	#retention: Retention | undefined
	#gateway: GatewayThread | undefined
	readonly #router: UnsafeRouter | undefined
	#promotions: PromotionCounts = { rounds: 0, discarded: 0, crossSafe: 0, crossUnsafe: 0 }
	#closing: Promise<void> | undefined

	/**
	 * Opens the data directory and starts everything. Nodes and L1 need not be there yet.
	 * @throws the named errors of openStore if the data directory cannot be used.
	 */
	static async start(options: SupervisorOptions, modules: SupervisorModules): Promise<Supervisor> {
		const { rollups } = options.cluster
		const store = await openStore(
			{ directory: options.directory, chains: [...rollups.values()].map(chainIdentity) },
			{ log: modules.log, reexamine },
		)
		const supervisor = new Supervisor(options, { ...modules, store })
		try {
			checkKept(store, options)
			await supervisor.#start()
		} catch (error) {
			await supervisor.close()
			throw error
		}
		return supervisor
	}

	private constructor(options: SupervisorOptions, modules: SupervisorModules & { readonly store: Store }) {
		super()
		const { log, metrics, store } = modules
		const { rollups } = options.cluster
		this.#options = options
		this.#log = log
		this.#store = store
		this.#metrics = metrics
		const l1ChainId = l1ChainIdOf(options.cluster)
		const finalized = store.read((view) => view.finalizedL1)
		this.#feed = new L1Feed(
			{
				urls: options.l1Urls,
				confirmationDepth: options.confirmationDepth,
				...(finalized === undefined ? {} : { finalized }),
				...(l1ChainId === undefined ? {} : { chainId: l1ChainId }),
				...l1Times(options),
			},
			{ log },
		)
		const earlyChannel = earlyChannelName()
		this.#pool = new IndexPool(
			{
				threads: options.indexThreads,
				chains: [...rollups.keys()],
				workerData: indexWorkerData(options, earlyChannel),
			},
			{ log, ...(metrics === undefined ? {} : countTasks(metrics)) },
		)
		this.#safety = new SafetyThread(
			{
				...safetyWorkerData(options, earlyChannel),
				...(metrics === undefined ? {} : { figures: threadFigures(metrics, 'cross-safety') }),
			},
			{ log, report: (report) => this.#onReport(report) },
		)
		const l1 = new L1View((number) => store.read((view) => view.l1(number)))
		this.#finality = new Finality({
			log,
			feed: this.#feed,
			store: {
				l1AtOrBelow: (number) => store.read((view) => view.l1AtOrBelow(number)),
				finalizedL1: () => store.read((view) => view.finalizedL1),
				setFinalizedL1: async (block) => {
					await store.setFinalizedL1(block)
					await store.flushed()
				},
			},
			onOtherL1: () => this.#reconciler.check(),
			onContradiction: (error) => this.#holdL1('finalized label', error),
			onFinal: (block) => {
				this.#nodes.tellHeads([...this.#coordinators.keys()])
				this.emit('finalized', block)
			},
		})
		this.#reconciler = new L1Reconciler({
			log,
			feed: this.#feed,
			store: {
				l1AtOrBelow: (number) => store.read((view) => view.l1AtOrBelow(number)),
				floor: () => store.read((view) => view.finalizedL1),
				cutL1: (to) => store.cutL1(to),
			},
			chains: () => this.#coordinators.values(),
			forget: (common) => l1.cut(common.number),
			onContradiction: (error) => this.#holdL1('stored L1', error),
			onCut: (common, head) => {
				metrics?.l1.cutDepth.observe(head.number - common.number)
				this.#safety.news()
				this.#finality.check()
			},
		})
		const access = storeAccess(store)
		this.#coordinators = new Map(
			[...rollups].map(([chainId, rollup]) => [
				chainId,
				new ChainCoordinator(rollup, {
					log,
					l1,
					pool: this.#pool,
					store: access,
					tell: (node) => this.#nodes.tell(node, chainId),
					freshL1: (number) => this.#feed.blockByNumber(number, { fresh: true }),
				}),
			]),
		)
		this.#nodes = new ClusterNodes(
			{
				chains: this.#coordinators,
				...(options.silenceMs === undefined ? {} : { silenceMs: options.silenceMs }),
			},
			{ log, store, feed: this.#feed, ...(metrics === undefined ? {} : { metrics }) },
		)
		this.#operator = new Operator(options.nodes, {
			log,
			store,
			pool: this.#pool,
			chains: this.#coordinators,
			join: (node) => this.#nodes.add(node),
			forget: (common) => l1.cut(common.number),
			onCut: () => this.#safety.news(),
		})
		this.#execution = new ExecutionNodes(
			{ addresses: options.executionNodes ?? [], chains: [...rollups.keys()] },
			{ log, ...(metrics === undefined ? {} : { onCall: (call) => countExecution(metrics, call) }) },
		)
		this.#router = routerOf(options, {
			...{ log, store, execution: this.#execution },
			...(metrics === undefined ? {} : { metrics }),
		})
		const outputs = new NodeOutputs({ log, nodes: (chainId) => this.#nodes.ready(chainId) })
		this.#api = supervisorApi(
			{ store, outputs, execution: this.#execution },
			options.cluster,
			this.#operator,
			this.#router,
		)
	}

	/** Promotions since the start, for metrics and tests. */
	get promotions(): PromotionCounts {
		return this.#promotions
	}

	/** Where L1 is served for the nodes; undefined if it is not. */
	get l1GatewayPort(): number | undefined {
		return this.#gateway?.port
	}

	/** What the RPC server answers from. */
	get api(): SupervisorApi {
		return this.#api
	}

	/** Reads of the RPC server. */
	get reader(): SupervisorReader {
		return this.#api.reader
	}

	/** Where the index workers' time went so far, summed over all tasks. */
	get indexTimings(): IndexTimings {
		return this.#pool.timings
	}

	/** Chains that wait for an operator, and why. */
	get stoppedChains(): ReadonlyMap<ChainId, Error> {
		const stopped = new Map<ChainId, Error>()
		for (const [chainId, chain] of this.#coordinators) if (chain.stopped) stopped.set(chainId, chain.stopped)
		return stopped
	}

	/** Chains whose nodes disagree on a local-safe block: they are not promoted meanwhile. */
	get disputes(): ReadonlyMap<ChainId, DisputedBlock> {
		const disputes = new Map<ChainId, DisputedBlock>()
		for (const [chainId, { dispute }] of this.#coordinators) {
			if (dispute.disputed !== undefined) disputes.set(chainId, dispute.disputed)
		}
		return disputes
	}

	/** Set while L1 contradicts what is stored: no L1 block is given to nodes meanwhile. */
	get l1Contradiction(): Error | undefined {
		return this.#feed.held
	}

	/** How the cluster is now, for metrics and readiness. */
	read(): ClusterReading {
		return {
			store: storeReading(this.#store, this.#options.directory),
			work: workReading({
				...{ chains: this.#coordinators, nodes: this.#nodes, feed: this.#feed, pool: this.#pool },
				...{ store: this.#store, promotions: this.#promotions, execution: this.#execution },
				followers: this.#router?.followers ?? [],
			}),
		}
	}

	/** Milliseconds that seals of all chains have taken so far, waits for the disk included. */
	get sealMs(): number {
		let sealMs = 0
		for (const chain of this.#coordinators.values()) sealMs += chain.sealMs
		return sealMs
	}

	/** Resets of nodes that were started so far. */
	get resets(): number {
		let resets = 0
		for (const chain of this.#coordinators.values()) for (const node of chain.nodes) resets += node.resets
		return resets
	}

	/** Ends everything in order; what was acknowledged is on disk afterwards. A second call waits for the first. */
	close(): Promise<void> {
		this.#closing ??= this.#close()
		return this.#closing
	}

	async #start(): Promise<void> {
		this.#count()
		if (this.#options.failsafeEnabled) await this.#store.setFailsafe(true)
		for (const [chainId, chain] of this.#coordinators) {
			chain.on('sealed', (head, run, bytes) => {
				this.#safety.news()
				this.#router?.news(chainId)
				this.emit('sealed', chainId, head, run, bytes)
			})
			chain.on('localSafe', (link) => {
				this.#safety.news()
				this.#finality.check()
				this.emit('localSafe', chainId, link)
			})
			chain.on('changed', () => this.#safety.news())
			chain.on('suspectL1', () => void this.#reconciler.check())
			chain.on('stopped', (error) => this.emit('chainStopped', chainId, error))
			await chain.start()
		}
		this.#feed.on('reorg', () => void this.#reconciler.check())
		this.#feed.once('tip', () => void this.#reconciler.check())
		this.#feed.on('tip', () => {
			if (this.#feed.held === undefined) return
			void this.#reconciler.check()
			this.#finality.check()
		})
		this.#feed.on('finalized', () => this.#finality.check())
		await this.#operator.start()
		const { retention } = this.#options
		if (retention !== undefined)
			this.#retention = new Retention(retention, { log: this.#log, store: this.#store })
		this.#gateway = gatewayOf(this.#options, {
			log: this.#log,
			feed: this.#feed,
			...(this.#metrics === undefined ? {} : { metrics: this.#metrics }),
		})
		await this.#gateway?.started
		// Not awaited: an L1 that hangs holds up neither what is served from the store nor a stop.
		void this.#feed.start()
	}

	#count(): void {
		const metrics = this.#metrics
		if (metrics === undefined) return
		const { l1, storage } = metrics
		for (const [chainId, chain] of this.#coordinators) countChain(metrics, chainId, chain)
		this.#feed.on('reorg', ({ common, oldTip }) => l1.reorgDepth.observe(oldTip.number - common.number))
		this.#store.on('written', (ms) => storage.transactionSeconds.observe({ writer: 'main' }, ms / 1_000))
	}

	#onReport(report: SafetyReport): void {
		if (this.#metrics !== undefined) countReport(this.#metrics, report)
		switch (report.kind) {
			case 'found':
				this.#nodes.tellFound(report.heads, report.generation)
				break
			case 'promoted':
				this.#promotions = report.counts
				this.#nodes.tellHeads(report.chainIds)
				this.emit('promoted', report.chainIds)
				break
			case 'invalid':
				this.#invalidate(report)
				break
			case 'trouble':
				// The thread has logged it at the level that it deserves.
				this.#log.debug({ reason: report.message }, 'cross-safety does not get on')
		}
	}

	#invalidate(report: Extract<SafetyReport, { kind: 'invalid' }>): void {
		this.#coordinators.get(report.chainId)?.invalidate(report, report.generation)
		if (this.#options.failsafeOnInvalidation !== true) return
		this.#store.setFailsafe(true).then(
			() => this.#log.error('failsafe is on: a block was invalid'),
			(error: unknown) => this.#log.error({ err: error }, 'failsafe could not be turned on'),
		)
	}

	#holdL1(key: string, error: Error | undefined): void {
		if (error === undefined) this.#feed.release(key)
		else this.#feed.hold(key, error)
	}

	async #close(): Promise<void> {
		const closing = new SlowClose({ log: this.#log })
		// Chains first: once they take no more events, cut connections are no news.
		const chains = [...this.#coordinators].map(([chainId, chain]) =>
			closing.wait(`chain ${chainId}`, chain.close()),
		)
		// The feed at once: whoever waits for L1 gets an answer by that, and an L1 that hangs delays nothing.
		await Promise.all([
			...chains,
			closing.wait('nodes', this.#nodes.close()),
			closing.wait('L1', this.#feed.close()),
			closing.wait('unsafe routing', this.#router?.close() ?? Promise.resolve()),
			closing.wait('execution nodes', this.#execution.close()),
			closing.wait('L1 reconciler', this.#reconciler.close()),
			closing.wait('finality', this.#finality.close()),
			closing.wait('L1 gateway', this.#gateway?.close() ?? Promise.resolve()),
			closing.wait('retention', this.#retention?.close() ?? Promise.resolve()),
		])
		await Promise.all([
			closing.wait('index workers', this.#pool.close()),
			closing.wait('cross-safety thread', this.#safety.close()),
		])
		await closing.wait('store', this.#store.close())
		closing.end()
	}
}
