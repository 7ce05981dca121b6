import { bytesToHex, type Hex } from 'viem'
import { mnemonicToAccount } from 'viem/accounts'

/** Seconds between blocks of L1, and of both L2 chains: an L2 block's L1 origin moves by one at most, so equal. */
export const BLOCK_TIME = 2

export const L1_CHAIN_ID = 900
export const CHAIN_IDS = [901, 902] as const
export type TestChainId = (typeof CHAIN_IDS)[number]

/** Of which chains the nodes take L1 from the supervisor's own gateway, which only Vigil has. */
export const GATEWAY_USES = ['none', 'second', 'all'] as const
export type GatewayUse = (typeof GATEWAY_USES)[number]

/** The label `finalized` of anvil is two epochs behind its tip; with epochs of two blocks a reorg has room. */
export const SLOTS_IN_AN_EPOCH = 2

/** The mnemonic of every development chain; its first ten accounts are rich on L1 and in the L2 genesis. */
const MNEMONIC = 'test test test test test test test test test test test junk'

/** Sends messages on both chains. */
export const SENDER = mnemonicToAccount(MNEMONIC, { addressIndex: 0 })

/** Sends on both chains what must not share a nonce with `SENDER`. */
export const SECOND_SENDER = mnemonicToAccount(MNEMONIC, { addressIndex: 3 })

/** The batcher of each chain: its account on L1. */
export const BATCHERS: Readonly<Record<TestChainId, { readonly address: Hex; readonly privateKey: Hex }>> = {
	901: keyOf(1),
	902: keyOf(2),
}

function keyOf(addressIndex: number) {
	const account = mnemonicToAccount(MNEMONIC, { addressIndex })
	const { privateKey } = account.getHdKey()
	if (privateKey === null) throw new Error('the mnemonic gives no private key')
	return { address: account.address, privateKey: bytesToHex(privateKey) }
}
