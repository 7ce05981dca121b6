import { Random } from '../../src/recording/generate/random.js'
import type { RecordedL2Block } from '../../src/recording/recording.js'
import { EventQueue } from '../../src/recording/replay/event-queue.js'
import type { ReplayL1 } from '../../src/recording/replay/l1-chain.js'
import type { NodeChain } from '../../src/recording/replay/node-chain.js'
import { nodeService, type ReplayCall, type ReplayEvents } from '../../src/recording/replay/node-service.js'
import type { ReplayClock, ReplayPace } from '../../src/recording/replay/pace.js'
import { plainRef } from '../../src/recording/replay/plain-ref.js'
import { ReplayNode } from '../../src/recording/replay/replay-node.js'
import { type RpcServer, startRpcServer } from '../../src/recording/replay/rpc-server.js'
import { NodeFront } from '../supervisor/node-front.js'
import { receiptsOf } from './receipts.js'
import { L1_CHAIN_ID } from './shape.js'
import type { SimulatedBlock, SimulatedChain, SimulatedWorld } from './world.js'

export interface SimulatedNodeModules {
	readonly world: SimulatedWorld
	/** What this node sees of L1. */
	readonly l1: ReplayL1
	readonly clock: ReplayClock
	readonly pace: ReplayPace
	readonly jwtSecret: Buffer
	readonly onCall: (node: SimulatedNode, call: ReplayCall) => void
	readonly onEvent: (node: SimulatedNode, event: string) => void
}

/** Of all blocks, how many a sequencer builds anew in another version, with those above. */
const REORG_SHARE = 0.02

/** op-node over the made-up world, behind a front that can misbehave. The first of a chain is its sequencer. */
export class SimulatedNode {
	readonly front: NodeFront
	readonly #transport: ReplayEvents
	readonly node: ReplayNode
	/** Blocks by which a node that is no sequencer is behind it. */
	lag = 0
	readonly #modules: SimulatedNodeModules
	readonly #events: EventQueue
	readonly #server: RpcServer
	readonly #reorged = new Set<number>()

	private constructor(
		readonly chain: SimulatedChain,
		readonly index: number,
		modules: SimulatedNodeModules,
		parts: {
			readonly node: ReplayNode
			readonly events: EventQueue
			readonly server: RpcServer
			readonly transport: ReplayEvents
		},
	) {
		this.#modules = modules
		this.#transport = parts.transport
		this.node = parts.node
		this.#events = parts.events
		this.#server = parts.server
		this.front = new NodeFront(`ws://127.0.0.1:${parts.server.port}`)
	}

	static async start(
		chain: SimulatedChain,
		index: number,
		modules: SimulatedNodeModules,
	): Promise<SimulatedNode> {
		const { world, jwtSecret } = modules
		const of = nodeChain(world, chain)
		const events = new EventQueue()
		const self: { node: SimulatedNode | undefined } = { node: undefined }
		const emit = (event: string) => {
			if (self.node !== undefined) modules.onEvent(self.node, event)
			events.push(event)
		}
		const node = new ReplayNode(of, { ...modules, emit })
		const anchor = {
			source: plainRef(modules.world.l1Genesis.ref),
			derived: plainRef(chain.genesis.ref),
		}
		const transport = chain.shape.transports[index] ?? 'pushed'
		const service = nodeService(of, jwtSecret, {
			node,
			events,
			anchor: chain.shape.activation === 0 && chain.shape.l1Genesis === 0 ? anchor : undefined,
			hasSubscriptions: transport === 'pushed',
			record: (call) => self.node && modules.onCall(self.node, call),
		})
		const server = await startRpcServer({ host: '127.0.0.1', port: 0, latencyMs: 0 }, service)
		const simulated = new SimulatedNode(chain, index, modules, { node, events, server, transport })
		self.node = simulated
		await simulated.front.listen()
		return simulated
	}

	get name(): string {
		return `${this.chain.letter}${this.index}`
	}

	/** Where Vigil finds it. */
	get url(): string {
		return this.#transport === 'http' ? this.front.httpUrl : this.front.url
	}

	/** The node's unsafe head. */
	get head(): SimulatedBlock {
		return this.#modules.world.block(this.node.view.head.block.hash)
	}

	/** Builds what is due: the sequencer up to `time`, others what the sequencer has. */
	tick(time: number, isCalm: boolean, sequencer: SimulatedNode): void {
		this.node.checkOrigin()
		if (!this.node.building) return
		if (sequencer === this) this.#build(time, isCalm)
		else this.#follow(sequencer)
	}

	/** The process dies and comes back, with the last `lost` blocks of its unsafe chain gone. */
	restart(lost: number): void {
		const { view } = this.node
		const head = view.at(Math.max(0, view.head.block.number - lost)) ?? this.chain.genesis.entry
		this.front.drop()
		this.#server.dropConnections()
		while (this.#events.pull() !== undefined);
		this.node.restart(head)
		// It says so by itself, also to whoever pulls and has not noticed that it was gone.
		if (this.#transport !== 'pushed') this.node.subscribed()
	}

	async close(): Promise<void> {
		await this.front.stop()
		await this.#server.close()
	}

	#build(time: number, isCalm: boolean): void {
		const { world, l1 } = this.#modules
		const canonical = (number: number) => l1.byNumber(number)
		for (let head = this.head; head.ref.timestamp + this.chain.blockTime <= time; head = this.head) {
			const { number, l1origin } = head.entry.block
			if (canonical(l1origin.number)?.hash !== l1origin.hash) return
			if (!isCalm && this.#reorg(number)) continue
			const next = world.build(head, canonical)
			if (next === undefined) return
			this.#release(next.entry)
			if (this.head === head) return
		}
	}

	/** The sequencer changes its mind on the last few blocks, once for each number that the seed picks. */
	#reorg(number: number): boolean {
		const { world, l1 } = this.#modules
		const random = new Random(world.shape.seed, 0x5e9, this.chain.index, number)
		if (this.#reorged.has(number) || random.fraction() >= REORG_SHARE) return false
		this.#reorged.add(number)
		const safe = this.node.position.derived.number
		const at = Math.max(safe, this.chain.shape.activation, number - 1 - random.below(4))
		const parent = this.node.view.at(at)
		if (parent === undefined || at >= number) return false
		const other = world.build(world.block(parent.block.hash), (of) => l1.byNumber(of), 'unsafe')
		if (other === undefined) return false
		this.#release(other.entry)
		return true
	}

	#follow(sequencer: SimulatedNode): void {
		const theirs = sequencer.node.view
		const top = theirs.head.block.number - this.lag
		let common = Math.min(top, this.node.view.head.block.number)
		while (common > 0 && theirs.at(common) !== this.node.view.at(common)) common--
		// What is local-safe here is not given up for a sequencer's word.
		if (common < this.node.position.derived.number) return
		for (let number = common + 1; number <= top; number++) {
			const entry = theirs.at(number)
			if (entry !== undefined) this.#release(entry)
		}
	}

	#release(entry: RecordedL2Block): void {
		this.node.release(entry)
	}
}

function nodeChain(world: SimulatedWorld, chain: SimulatedChain): NodeChain {
	const { shape, genesis } = chain
	const receipts = new Map<string, Buffer>()
	return {
		chainId: chain.chainId,
		rollup: rollupOf(chain),
		genesis: genesis.entry,
		lastSource: Number.POSITIVE_INFINITY,
		block: (hash) => {
			const block = world.find(hash)
			return block?.chain === chain ? block.entry : undefined
		},
		derive: ({ source, derived }) => world.derive(source.hash, derived.block.hash)?.entry,
		replacement: (hash) => world.replacement(world.block(hash)).entry,
		isReplacement: (hash) => world.block(hash).isReplacement,
		receipts: ({ block }) => {
			let text = receipts.get(block.hash)
			if (text === undefined) {
				text = receiptsOf(world.block(block.hash))
				receipts.set(block.hash, text)
			}
			return shape.activation >= block.number ? Buffer.from('[]') : text
		},
	}
}

export function rollupOf({ shape, genesis, chainId, interopTime }: SimulatedChain): NodeChain['rollup'] {
	return {
		genesis: {
			l1: genesis.entry.block.l1origin,
			l2: { hash: genesis.ref.hash, number: 0 },
			l2_time: genesis.ref.timestamp,
		},
		block_time: shape.blockTime,
		l1_chain_id: L1_CHAIN_ID,
		l2_chain_id: Number(chainId),
		interop_time: interopTime,
	}
}
