import { randomBytes } from 'node:crypto'
import type { BlockRef } from '../../protocol/block.js'
import { EMPTY_HEADER } from '../l1-header.js'
import type { ReplayL1 } from './l1-chain.js'
import { RpcFailure, type RpcPeer, type RpcService } from './rpc-server.js'

/**
 * The `eth` methods that a supervisor needs of L1. Of blocks whose header was not recorded the members that do not
 * name them are those of empty blocks, so the hash is not that of the header.
 */
export function l1Service(l1ChainId: number, l1: ReplayL1): RpcService {
	const subscribers = new Map<RpcPeer, Set<string>>()
	l1.onTip((tip) => {
		for (const [peer, ids] of subscribers) {
			for (const subscription of ids) {
				peer.notify?.(
					`{"jsonrpc":"2.0","method":"eth_subscription","params":{"subscription":"${subscription}","result":${JSON.stringify(header(l1, tip))}}}`,
				)
			}
		}
	})
	const methods: { readonly [name: string]: (params: readonly unknown[], peer: RpcPeer) => unknown } = {
		eth_chainId: () => quantity(l1ChainId),
		net_version: () => `${l1ChainId}`,
		web3_clientVersion: () => 'vigil-replay',
		eth_blockNumber: () => quantity(l1.tip?.number ?? 0),
		eth_getBlockByNumber: ([label]) => block(l1, blockAt(l1, label)),
		eth_getBlockByHash: ([hash]) =>
			block(l1, typeof hash === 'string' ? l1.byHash(hash.toLowerCase()) : undefined),
		eth_subscribe: ([kind], peer) => {
			if (peer.notify === undefined) throw new RpcFailure(-32601, 'notifications not supported')
			if (kind !== 'newHeads')
				throw new RpcFailure(-32602, `no "${String(kind)}" subscription in eth namespace`)
			const id = `0x${randomBytes(16).toString('hex')}`
			subscribers.set(peer, (subscribers.get(peer) ?? new Set()).add(id))
			return id
		},
		eth_unsubscribe: ([id], peer) => typeof id === 'string' && (subscribers.get(peer)?.delete(id) ?? false),
	}
	return {
		call: (method, params, peer) => {
			const run = methods[method]
			if (run === undefined)
				throw new RpcFailure(-32601, `the method ${method} does not exist/is not available`)
			const result = run(params, peer)
			return result instanceof Buffer ? result : JSON.stringify(result)
		},
		closed: (peer) => subscribers.delete(peer),
	}
}

function blockAt(l1: ReplayL1, label: unknown): BlockRef | undefined {
	switch (label) {
		case 'latest':
		case 'pending':
			return l1.tip
		case 'finalized':
		case 'safe':
			return l1.finalized
		case 'earliest':
			return l1.byNumber(0)
		default:
			if (typeof label !== 'string' || !/^0x[0-9a-f]+$/i.test(label)) {
				throw new RpcFailure(-32602, 'invalid argument 0: not a block number or tag')
			}
			return l1.byNumber(Number(label))
	}
}

function quantity(value: number): string {
	return `0x${value.toString(16)}`
}

/** What a block has beside its header. */
const BESIDE_HEADER = { size: '0x267', totalDifficulty: '0x0', uncles: [], transactions: [], withdrawals: [] }

/** The beginning of an empty block, up to what names it. */
const EMPTY_BLOCK = Buffer.from(JSON.stringify({ ...EMPTY_HEADER, ...BESIDE_HEADER }).slice(0, -1))

/** Supervisors ask for thousands of blocks a second in benches: those of which nothing is recorded are written at once. */
function block(l1: ReplayL1, ref: BlockRef | undefined) {
	if (ref === undefined) return null
	if (l1.headerOf(ref) !== undefined) return { ...header(l1, ref), ...BESIDE_HEADER }
	const { hash, parentHash, number, timestamp } = ref
	const own = `,"hash":"${hash}","parentHash":"${parentHash}","number":"${quantity(number)}","timestamp":"${quantity(timestamp)}"}`
	return Buffer.concat([EMPTY_BLOCK, Buffer.from(own)])
}

function header(l1: ReplayL1, ref: BlockRef) {
	return {
		...EMPTY_HEADER,
		...l1.headerOf(ref),
		hash: ref.hash,
		parentHash: ref.parentHash,
		number: quantity(ref.number),
		timestamp: quantity(ref.timestamp),
	}
}
