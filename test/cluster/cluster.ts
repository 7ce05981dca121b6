import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { blockId } from '../../src/protocol/block.js'
import { startBatcher } from './batcher.js'
import { type CallRecorder, type CallTarget, recordCalls } from './call-recorder.js'
import { ClusterFiles } from './cluster-files.js'
import { callRpc } from './json-rpc.js'
import { TestL1 } from './l1.js'
import { L2Node, type NodeModules } from './l2-node.js'
import { Messenger } from './messages.js'
import type { Peers } from './peers.js'
import { Processes } from './processes.js'
import { CHAIN_IDS, type GatewayUse, SENDER, type TestChainId } from './settings.js'
import { type SupervisorKind, TestSupervisor } from './supervisors.js'
import { type Look, until } from './until.js'

/** One chain of the cluster. */
export interface TestChain {
	readonly chainId: TestChainId
	/** The node that builds its blocks. */
	readonly node: L2Node
	readonly messenger: Messenger
	readonly genesisFile: string
	readonly rollupFile: string
}

/** Where a node takes L1 from: as the nodes of a chain do, or as said. */
type L1Of = TestChainId | 'L1' | 'gateway'

export interface ClusterOptions {
	readonly supervisor: SupervisorKind
	readonly l1Gateway: GatewayUse
	readonly peers: Peers
	/** For data and logs. */
	readonly directory: string
	/** Ends every wait. */
	readonly signal: AbortSignal
}

/** Two chains over an L1, all of real processes, and their supervisor. */
export class Cluster {
	readonly #stop: AbortController
	readonly #modulesOf: (l1: L1Of) => NodeModules
	readonly #directory: string
	readonly #nodes: L2Node[]
	readonly #routed: string[] = []

	private constructor(
		readonly l1: TestL1,
		readonly chains: readonly [TestChain, TestChain],
		readonly supervisor: TestSupervisor,
		/** Of the supervisor's calls, to each node and to L1. */
		readonly recorders: readonly CallRecorder[],
		parts: { stop: AbortController; modulesOf: (l1: L1Of) => NodeModules; directory: string },
	) {
		this.#stop = parts.stop
		this.#modulesOf = parts.modulesOf
		this.#directory = parts.directory
		this.#nodes = chains.map(({ node }) => node)
	}

	/** Runs `use` with a cluster that was just started, and ends it whatever happens. */
	static async run<T>(options: ClusterOptions, use: (cluster: Cluster) => Promise<T>): Promise<T> {
		const logs = join(options.directory, 'logs')
		mkdirSync(logs, { recursive: true })
		const stop = new AbortController()
		const abort = () => stop.abort(options.signal.reason)
		if (options.signal.aborted) abort()
		options.signal.addEventListener('abort', abort)
		const processes = new Processes(logs, (error) => stop.abort(error))
		const recorders: CallRecorder[] = []
		try {
			return await use(await Cluster.#start(options, processes, recorders, stop))
		} finally {
			options.signal.removeEventListener('abort', abort)
			await processes.close()
			await Promise.all(recorders.map((recorder) => recorder.close()))
		}
	}

	static async #start(
		options: ClusterOptions,
		processes: Processes,
		recorders: CallRecorder[],
		stop: AbortController,
	): Promise<Cluster> {
		const { peers, directory } = options
		const { signal } = stop
		const l1 = await TestL1.start(processes, signal)
		const files = new ClusterFiles(directory)
		const record = async (target: CallTarget) => {
			const recorder = await recordCalls(target)
			recorders.push(recorder)
			return recorder
		}
		const { hostname, port } = new URL(l1.url)
		const l1Recorder = await record({ name: 'L1', host: hostname, port: Number(port) })
		const supervisor = await TestSupervisor.create(options.supervisor, {
			...{ peers, processes, files, l1Url: `http://${l1Recorder.host}` },
			l1Gateway: options.l1Gateway !== 'none',
			datadir: join(directory, options.supervisor),
		})
		const gateway = options.l1Gateway === 'none' ? undefined : new URL(supervisor.l1GatewayUrl)
		const nodesL1 =
			gateway && (await record({ name: 'L1 gateway', host: gateway.hostname, port: Number(gateway.port) }))
		const modulesOf = (of: L1Of): NodeModules => ({
			...{ peers, processes, files, record, signal, l1Url: l1.url },
			...(takesGateway(options.l1Gateway, of) && nodesL1 ? { l1GatewayUrl: `http://${nodesL1.host}` } : {}),
		})
		const chains = [
			await prepareChain(modulesOf(CHAIN_IDS[0]), directory, l1, CHAIN_IDS[0]),
			await prepareChain(modulesOf(CHAIN_IDS[1]), directory, l1, CHAIN_IDS[1]),
		] as const
		const parts = { stop, modulesOf, directory }
		const cluster = new Cluster(l1, chains, supervisor, recorders, parts)
		if (options.l1Gateway !== 'none') {
			// op-node ends itself if it finds no L1 when it starts.
			await cluster.startSupervisor()
			await until('the L1 gateway knows L1', { seconds: 20, signal }, async () => ({
				found: await callRpc(supervisor.l1GatewayUrl, 'eth_blockNumber'),
			}))
		}
		for (const chain of chains) {
			await chain.node.startOpNode(chain.rollupFile)
			await startBatcher(modulesOf(chain.chainId), chain.node)
		}
		if (options.l1Gateway === 'none') await cluster.startSupervisor()
		return cluster
	}

	/** Starts the supervisor with all nodes that there are by now. */
	startSupervisor(): Promise<void> {
		return this.supervisor.start(
			this.#nodes.map(({ interopUrl }) => interopUrl),
			this.#routed,
		)
	}

	/** From the next start on the supervisor gives the node the unsafe blocks of its chain. */
	routeUnsafeBlocks(chain: TestChain, follower: L2Node): void {
		this.#routed.push('--unsafe-routing', `--unsafe-routing.nodes=${follower.rollupUrl}`)
		this.#routed.push(`--l2-execution.nodes=${chain.node.engineUrl}`)
	}

	/** Where a step can put a file of this name. */
	file(name: string): string {
		return join(this.#directory, name)
	}

	/**
	 * Adds a node of a chain that has an empty data directory and builds no blocks. The supervisor is not told.
	 * @param l1 where the node takes L1 from; as the chain's first node without it
	 */
	async addNode(
		chain: TestChain,
		name = `${chain.chainId}-second`,
		l1: L1Of = chain.chainId,
	): Promise<L2Node> {
		const { chainId, genesisFile } = chain
		const datadir = join(this.#directory, name)
		const node = await L2Node.start(this.#modulesOf(l1), {
			name,
			chainId,
			sequencer: false,
			genesisFile,
			datadir,
		})
		this.#nodes.push(node)
		await node.startOpNode(chain.rollupFile)
		return node
	}

	/** Looks until the condition holds, as `until` does it. Ends at once when a process of the cluster dies. */
	until<T>(what: string, seconds: number, look: () => Promise<Look<T>>): Promise<T> {
		return until(what, { seconds, signal: this.#stop.signal }, look)
	}

	/** Why a step failed: the end of a process explains more than the wait that it ended. */
	causeOf(error: unknown): unknown {
		return this.#stop.signal.aborted ? this.#stop.signal.reason : error
	}

	get nodes(): readonly L2Node[] {
		return this.#nodes
	}
}

function takesGateway(use: GatewayUse, of: L1Of): boolean {
	if (of === 'L1' || of === 'gateway') return of === 'gateway'
	return use === 'all' || (use === 'second' && of === CHAIN_IDS[1])
}

/** A chain whose op-geth runs; its op-node does not yet. */
async function prepareChain(
	modules: NodeModules,
	directory: string,
	l1: TestL1,
	chainId: TestChainId,
): Promise<TestChain> {
	const l1Genesis = await l1.block(0)
	const genesisFile = modules.files.writeGenesis(chainId, l1Genesis.timestamp)
	const name = String(chainId)
	const datadir = join(directory, name)
	const node = await L2Node.start(modules, { name, chainId, sequencer: true, genesisFile, datadir })
	const l2Genesis = await node.block(0)
	const rollupFile = modules.files.writeRollup(chainId, {
		l1: blockId(l1Genesis),
		l2: blockId(l2Genesis),
		timestamp: l1Genesis.timestamp,
	})
	const messenger = new Messenger(chainId, node.engineUrl, SENDER, modules.signal)
	return { chainId, node, messenger, genesisFile, rollupFile }
}
