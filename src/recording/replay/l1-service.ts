import { randomBytes } from 'node:crypto'
import type { BlockRef } from '../../protocol/block.js'
import type { ReplayL1 } from './l1-chain.js'
import { RpcFailure, type RpcPeer, type RpcService } from './rpc-server.js'

const ZERO_32 = `0x${'0'.repeat(64)}`
/** keccak256 of the RLP of an empty list: the ommers' hash of every block since the merge. */
const NO_OMMERS = '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347'
/** Root of an empty trie. */
const EMPTY_TRIE = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421'

/**
 * The `eth` methods that a supervisor needs of L1. A recording keeps of L1 blocks only what names them; the other
 * members of the headers are those of empty blocks, so the hash is not that of the header.
 */
export function l1Service(l1ChainId: number, l1: ReplayL1): RpcService {
	const subscribers = new Map<RpcPeer, Set<string>>()
	l1.onTip((tip) => {
		for (const [peer, ids] of subscribers) {
			for (const subscription of ids) {
				peer.notify?.(
					`{"jsonrpc":"2.0","method":"eth_subscription","params":{"subscription":"${subscription}","result":${JSON.stringify(header(tip))}}}`,
				)
			}
		}
	})
	const methods: { readonly [name: string]: (params: readonly unknown[], peer: RpcPeer) => unknown } = {
		eth_chainId: () => quantity(l1ChainId),
		net_version: () => `${l1ChainId}`,
		web3_clientVersion: () => 'vigil-replay',
		eth_blockNumber: () => quantity(l1.tip?.number ?? 0),
		eth_getBlockByNumber: ([label]) => block(blockAt(l1, label)),
		eth_getBlockByHash: ([hash]) =>
			block(typeof hash === 'string' ? l1.byHash(hash.toLowerCase()) : undefined),
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
			return JSON.stringify(run(params, peer))
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

function block(ref: BlockRef | undefined) {
	if (ref === undefined) return null
	return {
		...header(ref),
		size: '0x267',
		totalDifficulty: '0x0',
		uncles: [],
		transactions: [],
		withdrawals: [],
	}
}

function header(ref: BlockRef) {
	return {
		hash: ref.hash,
		parentHash: ref.parentHash,
		sha3Uncles: NO_OMMERS,
		miner: `0x${'0'.repeat(40)}`,
		stateRoot: EMPTY_TRIE,
		transactionsRoot: EMPTY_TRIE,
		receiptsRoot: EMPTY_TRIE,
		logsBloom: `0x${'0'.repeat(512)}`,
		difficulty: '0x0',
		number: quantity(ref.number),
		gasLimit: '0x1c9c380',
		gasUsed: '0x0',
		timestamp: quantity(ref.timestamp),
		extraData: '0x',
		mixHash: ZERO_32,
		nonce: '0x0000000000000000',
		baseFeePerGas: '0x3b9aca00',
		withdrawalsRoot: EMPTY_TRIE,
		blobGasUsed: '0x0',
		excessBlobGas: '0x0',
		parentBeaconBlockRoot: ZERO_32,
	}
}
