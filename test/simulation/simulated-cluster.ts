import { randomBytes } from 'node:crypto'
import { type ClusterConfig, mergeClusterConfig } from '../../src/config/cluster-config.js'
import { parseDependencySet } from '../../src/config/dependency-set.js'
import { parseRollupConfig } from '../../src/config/rollup-config.js'
import { Random } from '../../src/recording/generate/random.js'
import { ReplayL1 } from '../../src/recording/replay/l1-chain.js'
import { l1Service } from '../../src/recording/replay/l1-service.js'
import { ReplayClock, type ReplayPace } from '../../src/recording/replay/pace.js'
import {
	RpcFailure,
	type RpcServer,
	type RpcService,
	startRpcServer,
} from '../../src/recording/replay/rpc-server.js'
import type { L1Script } from './l1-script.js'
import { GENESIS_TIME, L1_BLOCK_TIME, L1_CHAIN_ID, l1Time } from './shape.js'
import { rollupOf, SimulatedNode, type SimulatedNodeModules } from './simulated-node.js'
import type { SimulatedWorld } from './world.js'

/** How often sequencers look whether a block is due. */
const TICK_MS = 8

/** How L1's RPC misbehaves at the moment. */
export interface L1Trouble {
	/** Answers come from a second view that is behind: never, always, or at random. */
	behind: 'never' | 'always' | 'sometimes'
	/** Of all requests, how many fail. */
	errorShare: number
}

/** L1 and all nodes of a made-up cluster, over real sockets. */
export class SimulatedCluster {
	readonly nodes: SimulatedNode[] = []
	readonly jwtSecret = randomBytes(32)
	readonly clock: ReplayClock
	readonly l1 = new ReplayL1()
	readonly trouble: L1Trouble = { behind: 'never', errorShare: 0 }
	readonly config: ClusterConfig
	/** The last moment in which blocks are built, in the cluster's seconds. */
	readonly endTime: number
	readonly #world: SimulatedWorld
	readonly #script: L1Script
	readonly #pace: ReplayPace & { readonly kind: 'recorded' }
	readonly #late = new ReplayL1()
	#l1Server: RpcServer | undefined
	#ticks: NodeJS.Timeout | undefined
	#startedAt = 0

	constructor(world: SimulatedWorld, script: L1Script, options: { readonly l1BlockMs: number }) {
		this.#world = world
		this.#script = script
		this.#pace = { kind: 'recorded', speed: (L1_BLOCK_TIME * 1000) / options.l1BlockMs }
		this.clock = new ReplayClock(this.#pace)
		this.endTime = l1Time(script.tip.ref.number)
		this.config = clusterConfig(world)
	}

	/** Milliseconds of the cluster's time since its genesis. */
	get now(): number {
		return (performance.now() - this.#startedAt) * this.#pace.speed
	}

	/** A duration of the cluster's time in real milliseconds. */
	realMs(ms: number): number {
		return ms / this.#pace.speed
	}

	get isCalm(): boolean {
		return this.now >= this.#script.calmAt
	}

	get l1Urls(): { readonly http: string; readonly ws: string } {
		const place = `127.0.0.1:${this.#l1Server?.port}`
		return { http: `http://${place}`, ws: `ws://${place}` }
	}

	/** While true L1 cannot be reached. */
	set isL1Down(value: boolean) {
		if (this.#l1Server !== undefined) this.#l1Server.refusing = value
	}

	/** Serves everything; time stands still until `run`. */
	async start(observer: Pick<SimulatedNodeModules, 'onCall' | 'onEvent'>): Promise<void> {
		const { seed } = this.#world.shape
		const random = new Random(seed, 0x1a7e)
		const lateMs = L1_BLOCK_TIME * 1000 * (1 + random.below(3))
		for (const { t, blocks, finalized } of this.#script.steps) {
			const show = (l1: ReplayL1) => () => {
				for (const { ref } of blocks) l1.extend(ref)
				l1.finalize(finalized)
				l1.announce()
			}
			this.clock.at(t, show(this.l1))
			this.clock.at(t === 0 ? 0 : t + lateMs, show(this.#late))
		}
		this.#l1Server = await startRpcServer(
			{ host: '127.0.0.1', port: 0, latencyMs: 0 },
			this.#l1Service(random),
		)
		for (const chain of this.#world.chains)
			for (let index = 0; index < chain.shape.nodes; index++)
				this.nodes.push(
					await SimulatedNode.start(chain, index, {
						world: this.#world,
						l1: this.l1,
						clock: this.clock,
						pace: this.#pace,
						jwtSecret: this.jwtSecret,
						...observer,
					}),
				)
	}

	/** Lets time pass. */
	run(): void {
		this.#startedAt = performance.now()
		this.clock.start()
		this.#ticks = setInterval(() => this.#tick(), TICK_MS)
	}

	sequencerOf(node: SimulatedNode): SimulatedNode {
		return this.nodes.find((other) => other.chain === node.chain) ?? node
	}

	async close(): Promise<void> {
		clearInterval(this.#ticks)
		this.clock.close()
		for (const node of this.nodes) await node.close()
		await this.#l1Server?.close()
	}

	#tick(): void {
		const time = Math.min(this.endTime, GENESIS_TIME + this.now / 1000)
		for (const node of this.nodes) node.tick(time, this.isCalm, this.sequencerOf(node))
	}

	#l1Service(random: Random): RpcService {
		const good = l1Service(L1_CHAIN_ID, this.l1)
		const late = l1Service(L1_CHAIN_ID, this.#late)
		return {
			call: (method, params, peer) => {
				const { behind, errorShare } = this.trouble
				if (random.fraction() < errorShare) throw new RpcFailure(-32603, 'internal error: try again')
				const isBehind = behind === 'always' || (behind === 'sometimes' && random.below(2) === 0)
				return (isBehind && method.startsWith('eth_getBlock') ? late : good).call(method, params, peer)
			},
			closed: (peer) => {
				good.closed?.(peer)
				late.closed?.(peer)
			},
		}
	}
}

function clusterConfig(world: SimulatedWorld): ClusterConfig {
	const file = `seed ${world.shape.seed}`
	const dependencies = Object.fromEntries(world.chains.map(({ chainId }) => [`${chainId}`, {}]))
	const set = JSON.stringify({ dependencies, overrideMessageExpiryWindow: world.expiryWindow })
	const rollups = world.chains.map(
		(chain) => [chain.chainId, parseRollupConfig(JSON.stringify(rollupOf(chain)), file)] as const,
	)
	return mergeClusterConfig(parseDependencySet(set, file), new Map(rollups), {
		dependencySet: file,
		rollups: file,
	})
}
