import { randomBytes } from 'node:crypto'
import type { BlockId, DerivedBlockRefPair } from '../../protocol/block.js'
import { MalformedValueError } from '../../protocol/errors.js'
import { readBlockId, readBlockRef, readObject, readUint } from '../field-reader.js'
import type { RecordedL2Block } from '../recording.js'
import { checkJwt } from './check-jwt.js'
import type { EventQueue } from './event-queue.js'
import type { NodeChain } from './node-chain.js'
import type { ReplayNode } from './replay-node.js'
import { RpcFailure, type RpcService } from './rpc-server.js'

/** A call that a supervisor made to change the node, as it came. */
export interface ReplayCall {
	readonly chainId: bigint
	readonly method: string
	readonly params: readonly unknown[]
}

/** How a node gives its events: to a subscriber or whoever pulls, only to whoever pulls, or over HTTP only. */
export type ReplayEvents = 'pushed' | 'pulled' | 'http'

/** Whoever has not pulled for so long does not listen any more. */
const LISTENER_GONE_MS = 1_000

export interface NodeServiceModules {
	readonly node: ReplayNode
	readonly events: EventQueue
	readonly record: (call: ReplayCall) => void
	/** L1 and L2 genesis, if interop is active there. */
	readonly anchor: DerivedBlockRefPair | undefined
	/** True if it is left out. */
	readonly hasSubscriptions?: boolean
}

/** The `interop` namespace of op-node over a replayed node. */
export function nodeService(chain: NodeChain, secret: Buffer, modules: NodeServiceModules): RpcService {
	const { node, events, record, anchor, hasSubscriptions = true } = modules
	const { rollup } = chain
	const refs = new WeakMap<RecordedL2Block, string>()
	const refText = (entry: RecordedL2Block): string => {
		let text = refs.get(entry)
		if (text === undefined) {
			text = JSON.stringify(entry.block)
			refs.set(entry, text)
		}
		return text
	}
	const atNumber = (number: number): RecordedL2Block => {
		const entry = node.view.at(number)
		if (entry === undefined) {
			throw new RpcFailure(
				-32000,
				`failed to determine L2BlockRef of height ${number}, could not get payload: not found`,
			)
		}
		return entry
	}
	const atTime = (value: unknown): RecordedL2Block => {
		const timestamp = readUint(value, 'timestamp')
		const { l2_time: genesisTime, l2 } = rollup.genesis
		if (timestamp < genesisTime)
			throw new RpcFailure(-32000, `did not reach genesis time (${genesisTime}) yet`)
		return atNumber(l2.number + Math.floor((timestamp - genesisTime) / rollup.block_time))
	}
	const output = (entry: RecordedL2Block, pending: boolean): string => {
		const found = (pending ? entry.pendingOutput : undefined) ?? entry.output
		if (found === undefined)
			throw new RpcFailure(-32000, `output of block ${entry.block.hash} was not recorded: not found`)
		return JSON.stringify(found)
	}
	let pulledAt = Number.NEGATIVE_INFINITY
	let isNewListener = false
	const changes: { readonly [method: string]: (params: readonly unknown[]) => void } = {
		interop_provideL1: ([next]) => {
			const ref = readBlockRef(next, 'block')
			// op-node answers first and derives then.
			setImmediate(() => node.provideL1(ref))
		},
		interop_updateCrossUnsafe: ([id]) => node.tell('crossUnsafe', readBlockId(id, 'block')),
		interop_updateCrossSafe: ([derived, source]) => {
			readBlockId(source, 'source')
			node.tell('crossSafe', readBlockId(derived, 'derived'))
		},
		interop_updateFinalized: ([id]) => node.tell('finalized', readBlockId(id, 'block')),
		interop_invalidateBlock: ([seal]) => {
			const fields = readObject(seal, 'seal')
			node.invalidate({
				...readBlockId(seal, 'seal'),
				timestamp: readUint(fields.timestamp, 'seal.timestamp'),
			})
		},
		interop_reset: (params) => {
			const [localUnsafe, crossUnsafe, localSafe, crossSafe, finalized] = params.map((id, i) =>
				readBlockId(id, `[${i}]`),
			)
			node.reset({
				localUnsafe: required(localUnsafe),
				crossUnsafe: required(crossUnsafe),
				localSafe: required(localSafe),
				crossSafe: required(crossSafe),
				finalized: required(finalized),
			})
		},
		interop_resetPreInterop: () => node.resetPreInterop(),
	}
	const reads: { readonly [method: string]: (params: readonly unknown[]) => string | Buffer } = {
		interop_chainID: () => `"${chain.chainId}"`,
		interop_fetchReceipts: ([hash]) => {
			const entry = typeof hash === 'string' ? chain.block(hash.toLowerCase()) : undefined
			if (entry === undefined)
				throw new RpcFailure(-32000, `failed to fetch receipts of ${String(hash)}: not found`)
			return chain.receipts(entry)
		},
		interop_l2BlockRefByNumber: ([number]) => refText(atNumber(readUint(number, 'number'))),
		interop_l2BlockRefByTimestamp: ([timestamp]) => refText(atTime(timestamp)),
		interop_outputV0AtTimestamp: ([timestamp]) => output(atTime(timestamp), false),
		interop_pendingOutputV0AtTimestamp: ([timestamp]) => output(atTime(timestamp), true),
		interop_anchorPoint: () => {
			if (anchor === undefined) throw new RpcFailure(-39003, 'interop is not active at genesis')
			return JSON.stringify(anchor)
		},
		interop_pullEvent: () => {
			const now = performance.now()
			if (now - pulledAt > LISTENER_GONE_MS) isNewListener = true
			pulledAt = now
			const event = events.pull()
			if (event !== undefined) return event
			// As a subscriber, whoever comes hears what is new after it has done away with what was queued.
			if (isNewListener) node.subscribed()
			isNewListener = false
			throw new RpcFailure(-39001, 'out of events')
		},
	}
	return {
		authorize: (request) => checkJwt(request.headers.authorization, secret),
		closed: (peer) => events.unsubscribePeer(peer),
		call: (method, params, peer) => {
			try {
				const read = reads[method]
				if (read !== undefined) return read(params)
				const change = changes[method]
				if (change !== undefined) {
					record({ chainId: chain.chainId, method, params })
					change(params)
					return 'null'
				}
				if (method === 'interop_subscribe') {
					const { notify } = peer
					if (notify === undefined || !hasSubscriptions)
						throw new RpcFailure(-32601, 'notifications not supported')
					if (params[0] !== 'events') {
						throw new RpcFailure(-32601, `no "${String(params[0])}" subscription in interop namespace`)
					}
					const id = `0x${randomBytes(16).toString('hex')}`
					events.subscribe(peer, id, notify)
					node.subscribed()
					return `"${id}"`
				}
				if (method === 'interop_unsubscribe') return `${events.unsubscribe(params[0])}`
			} catch (error) {
				if (!(error instanceof MalformedValueError)) throw error
				throw new RpcFailure(-32602, error.message)
			}
			throw new RpcFailure(-32601, `the method ${method} does not exist/is not available`)
		},
	}
}

function required(id: BlockId | undefined): BlockId {
	if (id === undefined) throw new RpcFailure(-32602, 'missing value for required argument')
	return id
}
