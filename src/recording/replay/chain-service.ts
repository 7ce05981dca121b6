import type { BlockId } from '../../protocol/block.js'
import type { ChainId } from '../../protocol/chain-id.js'
import { RpcFailure, type RpcService } from './rpc-server.js'

/** Of every account: no state was recorded. */
const BALANCE = '0x0'

/**
 * What a chain's execution client and the ordinary RPC of its op-node would say, as far as it is known of a recorded
 * chain: which one it is, and its unsafe head. Every account is empty.
 */
export function chainService(chainId: ChainId, head: () => BlockId): RpcService {
	const methods: { readonly [name: string]: () => unknown } = {
		eth_chainId: () => `0x${chainId.toString(16)}`,
		eth_blockNumber: () => `0x${head().number.toString(16)}`,
		eth_getBalance: () => BALANCE,
		optimism_rollupConfig: () => ({ l2_chain_id: Number(chainId) }),
		optimism_syncStatus: () => ({ unsafe_l2: head() }),
	}
	return {
		call(method) {
			const run = methods[method]
			if (run === undefined)
				throw new RpcFailure(-32601, `the method ${method} does not exist/is not available`)
			return JSON.stringify(run())
		},
		isHttpOnly: true,
	}
}
