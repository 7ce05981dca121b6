import type { BlockId, L2BlockRef } from '../../src/protocol/block.js'
import type { Hash } from '../../src/protocol/hash.js'
import type { CallRecorder, CallTarget } from './call-recorder.js'
import type { ClusterFiles } from './cluster-files.js'
import { freePorts } from './free-ports.js'
import { callRpc } from './json-rpc.js'
import type { Peers } from './peers.js'
import type { Processes, Running } from './processes.js'
import type { TestChainId } from './settings.js'
import { until } from './until.js'

/** What starts the parts of a node. */
export interface NodeModules {
	readonly peers: Peers
	readonly processes: Processes
	readonly files: ClusterFiles
	/** Puts a recorder in front of a server. */
	readonly record: (target: CallTarget) => Promise<CallRecorder>
	readonly l1Url: string
	/** Where op-node takes L1 from, if not from L1 itself. */
	readonly l1GatewayUrl?: string
	readonly signal: AbortSignal
}

export const LEVELS = ['localUnsafe', 'crossUnsafe', 'localSafe', 'crossSafe', 'finalized'] as const
export type Level = (typeof LEVELS)[number]

export type NodeHeads = Readonly<Record<Level, L2BlockRef>>

/** How op-node's `optimism_syncStatus` names the levels. */
const STATUS_KEYS: Readonly<Record<Level, string>> = {
	localUnsafe: 'unsafe_l2',
	crossUnsafe: 'cross_unsafe_l2',
	localSafe: 'local_safe_l2',
	crossSafe: 'safe_l2',
	finalized: 'finalized_l2',
}

interface Ports {
	readonly http: number
	readonly engine: number
	readonly rollup: number
	readonly interop: number
}

/** A node of a chain: op-geth, op-node in managed mode, and what records the calls that the supervisor makes to it. */
export class L2Node {
	readonly #modules: NodeModules
	readonly #ports: Ports
	#opNode: Running | undefined

	private constructor(
		readonly name: string,
		readonly chainId: TestChainId,
		readonly sequencer: boolean,
		readonly recorder: CallRecorder,
		modules: NodeModules,
		ports: Ports,
	) {
		this.#modules = modules
		this.#ports = ports
	}

	/**
	 * Starts op-geth with an empty data directory.
	 * @param options `genesisFile`: what it begins with; `datadir`: where it keeps its chain
	 */
	static async start(
		modules: NodeModules,
		options: {
			name: string
			chainId: TestChainId
			sequencer: boolean
			genesisFile: string
			datadir: string
		},
	): Promise<L2Node> {
		const [http = 0, engine = 0, rollup = 0, interop = 0] = await freePorts(4)
		const ports = { http, engine, rollup, interop }
		const { name, chainId, sequencer } = options
		const recorder = await modules.record({ name, host: '127.0.0.1', port: interop })
		const node = new L2Node(name, chainId, sequencer, recorder, modules, ports)
		await node.#startEngine(options.genesisFile, options.datadir)
		return node
	}

	/** The JSON-RPC endpoint of op-geth. */
	get engineUrl(): string {
		return `http://127.0.0.1:${this.#ports.http}`
	}

	/** The JSON-RPC endpoint of op-node. */
	get rollupUrl(): string {
		return `http://127.0.0.1:${this.#ports.rollup}`
	}

	/** Where the supervisor dials in. */
	get interopUrl(): string {
		return `ws://${this.recorder.host}`
	}

	async #startEngine(genesisFile: string, datadir: string): Promise<void> {
		const { processes, peers, files, signal } = this.#modules
		const store = [`--datadir=${datadir}`, '--state.scheme=hash']
		await processes.run(`${this.name}-init`, peers['op-geth'], [...store, 'init', genesisFile])
		await processes.start(`${this.name}-geth`, peers['op-geth'], [
			...store,
			...['--gcmode=archive', '--syncmode=full', '--nodiscover', '--maxpeers=0', '--port=0', '--ipcdisable'],
			...[
				'--http',
				'--http.addr=127.0.0.1',
				`--http.port=${this.#ports.http}`,
				'--http.api=eth,debug,txpool',
			],
			...['--authrpc.addr=127.0.0.1', `--authrpc.port=${this.#ports.engine}`],
			...[`--authrpc.jwtsecret=${files.engineJwt}`, `--networkid=${this.chainId}`],
			...['--rollup.disabletxpoolgossip', '--miner.recommit=200ms', '--txpool.nolocals'],
		])
		await until(`${this.name}'s op-geth answers`, { seconds: 30, signal }, async () => ({
			found: await this.block(0),
		}))
	}

	/** Starts op-node, for the first time or again, on the ports it had. */
	async startOpNode(rollupFile: string): Promise<void> {
		const { processes, peers, files, l1Url, l1GatewayUrl, signal } = this.#modules
		// At the gateway it asks for receipts in the way that is usual today.
		const l1 =
			l1GatewayUrl === undefined
				? [`--l1=${l1Url}`, '--l1.rpckind=basic']
				: [`--l1=${l1GatewayUrl}`, '--l1.rpckind=standard']
		this.#opNode = await processes.start(`${this.name}-node`, peers['op-node'], [
			// op-node does not take anvil's proofs of empty storage.
			...[...l1, '--l1.beacon.ignore', '--l1.trustrpc'],
			...['--l1.http-poll-interval=500ms', `--rollup.l1-chain-config=${files.l1ChainConfig}`],
			...[`--l2=http://127.0.0.1:${this.#ports.engine}`, `--l2.jwt-secret=${files.engineJwt}`],
			...[`--rollup.config=${rollupFile}`, '--p2p.disable', '--rpc.enable-admin', '--log.color=false'],
			...['--rpc.addr=127.0.0.1', `--rpc.port=${this.#ports.rollup}`, '--verifier.l1-confs=0'],
			...(this.sequencer ? ['--sequencer.enabled', '--sequencer.l1-confs=0'] : []),
			...['--interop.rpc.addr=127.0.0.1', `--interop.rpc.port=${this.#ports.interop}`],
			...[`--interop.jwt-secret=${files.interopJwt}`, `--interop.dependency-set=${files.dependencySet}`],
		])
		await until(`${this.name}'s op-node answers`, { seconds: 30, signal }, async () => ({
			found: await this.heads(),
		}))
	}

	/** As `kill -9` does it to op-node; op-geth runs on. */
	async killOpNode(): Promise<void> {
		if (this.#opNode === undefined) throw new Error(`${this.name} has no op-node yet`)
		await this.#opNode.kill()
	}

	/** What the node itself says about its heads. */
	async heads(): Promise<NodeHeads> {
		const status = (await callRpc(this.rollupUrl, 'optimism_syncStatus')) as Record<string, L2BlockRef>
		const head = (level: Level): L2BlockRef => {
			const block = status[STATUS_KEYS[level]]
			if (block === undefined) throw new Error(`optimism_syncStatus has no ${STATUS_KEYS[level]}`)
			return block
		}
		return {
			localUnsafe: head('localUnsafe'),
			crossUnsafe: head('crossUnsafe'),
			localSafe: head('localSafe'),
			crossSafe: head('crossSafe'),
			finalized: head('finalized'),
		}
	}

	/** A block of op-geth's canonical chain. @throws Error if there is none with this number */
	async block(number: number): Promise<BlockId & { readonly types: readonly string[] }> {
		const block = (await callRpc(
			this.engineUrl,
			'eth_getBlockByNumber',
			`0x${number.toString(16)}`,
			true,
		)) as { hash: Hash; transactions: readonly { type: string }[] } | null
		if (block === null) throw new Error(`${this.name} has no block ${number}`)
		return { hash: block.hash, number, types: block.transactions.map(({ type }) => type) }
	}
}
