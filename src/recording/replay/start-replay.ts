import { randomBytes } from 'node:crypto'
import type { Logger } from 'pino'
import type { BlockId, DerivedBlockRefPair } from '../../protocol/block.js'
import type { ChainId } from '../../protocol/chain-id.js'
import type { RecordedChain, Recording } from '../recording.js'
import { chainService } from './chain-service.js'
import { EventQueue } from './event-queue.js'
import { ReplayL1 } from './l1-chain.js'
import { l1Service } from './l1-service.js'
import { recordedNodeChain } from './node-chain.js'
import { nodeService, type ReplayCall, type ReplayEvents } from './node-service.js'
import { ReplayClock, type ReplayPace } from './pace.js'
import { plainRef } from './plain-ref.js'
import { ReplayNode } from './replay-node.js'
import { type RpcServer, startRpcServer } from './rpc-server.js'

const SECRET_BYTES = 32

export interface ReplayOptions {
	readonly recording: Recording
	readonly pace: ReplayPace
	/** Added to each answer and each event, of L1 and of the nodes. */
	readonly latencyMs?: number
	/** Instead of it, of L1 and of single nodes (in the order of the recording's chains), where one is given. */
	readonly latenciesMs?: { readonly l1?: number; readonly nodes?: readonly number[] }
	readonly host?: string
	/** Free ports are taken where none is given. Nodes in the order of the recording's chains. */
	readonly ports?: { readonly l1?: number; readonly nodes?: readonly number[] }
	/** Serve each chain's execution client and op-node's ordinary RPC as well, as far as they can be. */
	readonly withChainRpc?: boolean
	/** How the nodes give their events; `pushed` if it is left out. */
	readonly events?: ReplayEvents
	/** Taken as it is; a random one otherwise. */
	readonly jwtSecret?: Buffer
}

/** One managed node of a replay. */
export interface ReplayedNode {
	readonly chainId: ChainId
	/** WebSocket, and HTTP POST works on the same port; or HTTP, and nothing else does. */
	readonly url: string
	/** HTTP of the execution client and of op-node's ordinary RPC, if they are wanted. */
	readonly chainRpcUrl: string | undefined
	/** Where the node stands: its unsafe head, and how far its derivation has come. */
	readonly position: { readonly unsafe: BlockId; readonly source?: BlockId; readonly derived: BlockId }
	/** Cuts all connections, without a close frame, as a killed node does. */
	dropConnections(): void
	/** While true the node cannot be reached. */
	refusing: boolean
}

export interface Replay {
	readonly l1Url: string
	readonly l1WsUrl: string
	readonly nodes: readonly ReplayedNode[]
	readonly jwtSecret: Buffer
	/** What supervisors told the nodes, in order. */
	readonly calls: readonly ReplayCall[]
	/** Resolves when everything recorded has been released (a fresh node still needs its first reset to show it). */
	readonly done: Promise<void>
	/** With the pace `steps`: releases everything up to `t` ms of the recording. */
	advance(t: number): void
	close(): Promise<void>
}

/**
 * Serves a recording over real sockets: an L1 RPC, and one managed node a chain that behaves like op-node.
 * @throws RangeError for a pace that cannot be; errors of the sockets.
 */
export async function startReplay(
	options: ReplayOptions,
	modules: {
		readonly log: Logger
		/** Sees each event of a node the moment that it is sent or queued. For measurements. */
		readonly onEvent?: (chainId: ChainId, event: string) => void
		/** Sees each call that changes a node the moment that it arrives. */
		readonly onCall?: (call: ReplayCall) => void
	},
): Promise<Replay> {
	const { recording, pace, latencyMs = 0, latenciesMs, host = '127.0.0.1', events: way = 'pushed' } = options
	const scheme = way === 'http' ? 'http' : 'ws'
	const jwtSecret = options.jwtSecret ?? randomBytes(SECRET_BYTES)
	const l1 = new ReplayL1()
	const clock = new ReplayClock(pace)
	const calls: ReplayCall[] = []
	const servers: RpcServer[] = []
	const listen = async (
		port: number,
		ownLatencyMs: number | undefined,
		service: Parameters<typeof startRpcServer>[1],
	): Promise<RpcServer> => {
		const server = await startRpcServer({ host, port, latencyMs: ownLatencyMs ?? latencyMs }, service)
		servers.push(server)
		return server
	}
	const close = async () => {
		clock.close()
		await Promise.all(servers.map((server) => server.close()))
	}
	try {
		for (const { t, block, header } of recording.l1) clock.at(t, () => l1.extend(block, header))
		for (const { t, block } of recording.finality) clock.at(t, () => l1.finalize(block.number))
		const nodes: ReplayedNode[] = []
		for (const [index, chain] of recording.chains.entries()) {
			const events = new EventQueue()
			const nodeChain = recordedNodeChain(chain, recording.heads.get(chain.chainId) ?? {})
			const node = new ReplayNode(nodeChain, {
				l1,
				clock,
				pace,
				emit: (event) => {
					modules.onEvent?.(chain.chainId, event)
					events.push(event)
				},
			})
			for (const entry of chain.blocks) clock.at(entry.t, () => node.release(entry))
			clock.onSettled(() => node.settled())
			const service = nodeService(nodeChain, jwtSecret, {
				node,
				events,
				record: (call) => {
					modules.onCall?.(call)
					calls.push(call)
				},
				anchor: anchorOf(recording, chain),
				hasSubscriptions: way === 'pushed',
			})
			const server = await listen(options.ports?.nodes?.[index] ?? 0, latenciesMs?.nodes?.[index], {
				...service,
				isHttpOnly: way === 'http',
			})
			const head = () => node.position.unsafe
			const chainRpc = options.withChainRpc
				? await listen(0, undefined, chainService(chain.chainId, head))
				: undefined
			const urls = {
				url: `${scheme}://${host}:${server.port}`,
				chainRpcUrl: chainRpc && `http://${host}:${chainRpc.port}`,
			}
			nodes.push(describeNode(chain.chainId, urls, node, server))
		}
		clock.onSettled(() => l1.announce())
		const l1Server = await listen(options.ports?.l1 ?? 0, latenciesMs?.l1, l1Service(recording.l1ChainId, l1))
		clock.start()
		modules.log.info(
			{ recording: recording.name, l1: l1Server.port, nodes: nodes.map(({ url }) => url) },
			'replay started',
		)
		return {
			l1Url: `http://${host}:${l1Server.port}`,
			l1WsUrl: `ws://${host}:${l1Server.port}`,
			nodes,
			jwtSecret,
			calls,
			done: clock.done,
			advance: (t) => clock.advance(t),
			close,
		}
	} catch (error) {
		await close()
		throw error
	}
}

function describeNode(
	chainId: ChainId,
	urls: Pick<ReplayedNode, 'url' | 'chainRpcUrl'>,
	node: ReplayNode,
	server: RpcServer,
): ReplayedNode {
	return {
		chainId,
		...urls,
		get position() {
			return node.position
		},
		dropConnections: () => server.dropConnections(),
		get refusing() {
			return server.refusing
		},
		set refusing(value) {
			server.refusing = value
		},
	}
}

function anchorOf(recording: Recording, { rollup, blocks }: RecordedChain): DerivedBlockRefPair | undefined {
	const source = recording.l1.find(({ block }) => block.hash === rollup.genesis.l1.hash)
	const genesis = blocks.find(({ block }) => block.hash === rollup.genesis.l2.hash)
	if (source === undefined || genesis === undefined) return undefined
	if (rollup.interop_time === undefined || genesis.block.timestamp < rollup.interop_time) return undefined
	return { source: plainRef(source.block), derived: plainRef(genesis.block) }
}
