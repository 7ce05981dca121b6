/** Reads of the state that are passed on to an upstream, with the place of their block parameter (EIP-1898). */
export const PASSED_ON: readonly { readonly name: string; readonly blockAt: number }[] = [
	{ name: 'eth_getProof', blockAt: 2 },
	{ name: 'eth_getStorageAt', blockAt: 2 },
	{ name: 'eth_getCode', blockAt: 1 },
	{ name: 'eth_getBalance', blockAt: 1 },
	{ name: 'eth_getTransactionCount', blockAt: 1 },
	{ name: 'eth_call', blockAt: 1 },
]
