import { expect, it } from 'vitest'
import { encodeHexBytes, parseHexBytes } from '../../src/protocol/hex-bytes.js'
import { orderedTrieRoot } from '../../src/protocol/ordered-trie-root.js'
import { startL1Proxy } from '../l1/l1-proxy.js'
import { afterTest } from '../supervisor/cleanup.js'
import { anvilForTest, gatewayUnderTest, mineWith, post } from './gateway-under-test.js'

/** What op-node's L1 client asks, in each of the ways that `--l1.rpckind` chooses (op-service/sources of v1.18.1). */
async function served() {
	const anvil = await anvilForTest()
	await mineWith(anvil, 2)
	const block = await mineWith(anvil, 9)
	const proxy = await startL1Proxy(() => ({ target: anvil.httpUrl }))
	afterTest(() => proxy.close())
	const gateway = await gatewayUnderTest([proxy.url], { feedUrls: [anvil.httpUrl] })
	await gateway.tipAt(block)
	return { anvil, block, proxy, gateway }
}

it('gives blocks by hash, number and label as L1 does, proven', async () => {
	const { anvil, block, gateway } = await served()
	for (const isFull of [true, false]) {
		const byHash = await anvil.rpc('eth_getBlockByHash', block.hash, isFull)
		expect(await gateway.result('eth_getBlockByHash', block.hash, isFull)).toEqual(byHash)
		expect(await gateway.result('eth_getBlockByNumber', block.number, isFull)).toEqual(byHash)
		expect(await gateway.result('eth_getBlockByNumber', 'latest', isFull)).toEqual(byHash)
		for (const which of ['0x0', '0x1', 'finalized', 'safe', 'earliest'])
			expect(await gateway.result('eth_getBlockByNumber', which, isFull)).toEqual(
				await anvil.rpc('eth_getBlockByNumber', which, isFull),
			)
	}
	expect(await gateway.result('eth_blockNumber')).toBe(block.number)
	expect(await gateway.result('eth_chainId')).toBe('0x7a69')
})

it('gives the receipts of a block in each of the ways that --l1.rpckind chooses', async () => {
	const { anvil, block, gateway } = await served()
	const receipts = (await anvil.rpc('eth_getBlockReceipts', block.hash)) as readonly unknown[]
	expect(receipts).toHaveLength(9)
	for (const method of [
		'eth_getBlockReceipts',
		'parity_getBlockReceipts',
		'erigon_getBlockReceiptsByBlockHash',
	])
		expect(await gateway.result(method, block.hash)).toEqual(receipts)
	expect(await gateway.result('alchemy_getTransactionReceipts', { blockHash: block.hash })).toEqual({
		receipts,
	})
	expect(await gateway.result('eth_getBlockReceipts', 'latest')).toEqual(receipts)
	// The consensus encoding: hashing it again gives the root of the block.
	const raw = (await gateway.result('debug_getRawReceipts', block.hash)) as readonly string[]
	const root = orderedTrieRoot(raw.map((one) => parseHexBytes(one, 'receipt')))
	expect(encodeHexBytes(root)).toBe(block.receiptsRoot)
	// As `basic` does it: one call for each transaction, in a batch.
	const batch = block.transactions.map(({ hash }, id) => ({
		...{ jsonrpc: '2.0', id, method: 'eth_getTransactionReceipt', params: [hash] },
	}))
	const answers = (await post(gateway.url, batch)) as readonly { readonly result: unknown }[]
	expect(answers.map(({ result }) => result)).toEqual(receipts)
})

it('finds a receipt of a block that nobody asked for before', async () => {
	const { anvil, block, gateway } = await served()
	const [, , third] = block.transactions
	expect(await gateway.result('eth_getTransactionReceipt', third?.hash)).toEqual(
		await anvil.rpc('eth_getTransactionReceipt', third?.hash),
	)
	expect(await gateway.result('eth_getTransactionReceipt', `0x${'0'.repeat(64)}`)).toBeNull()
})

it('asks for receipts one by one where L1 has no method for all', async () => {
	const anvil = await anvilForTest()
	const block = await mineWith(anvil, 3)
	const proxy = await startL1Proxy(({ method, params }) =>
		// anvil says -32601 to what it does not know.
		method === 'eth_getBlockReceipts'
			? { target: anvil.httpUrl, as: { method: 'no_such', params } }
			: { target: anvil.httpUrl },
	)
	afterTest(() => proxy.close())
	const gateway = await gatewayUnderTest([proxy.url])
	await gateway.tipAt(block)
	expect(await gateway.result('eth_getBlockReceipts', block.hash)).toEqual(
		await anvil.rpc('eth_getBlockReceipts', block.hash),
	)
	expect(proxy.calls.filter(({ method }) => method === 'eth_getTransactionReceipt')).toHaveLength(3)
})

it('passes reads of the state on, at exactly the block that its view has', async () => {
	const { anvil, block, proxy, gateway } = await served()
	const [from] = (await anvil.rpc('eth_accounts')) as readonly string[]
	for (const [method, params] of [
		['eth_getProof', [from, [`0x${'0'.repeat(64)}`]]],
		['eth_getStorageAt', [from, '0x0']],
		['eth_getCode', [from]],
		['eth_getBalance', [from]],
		['eth_getTransactionCount', [from]],
		['eth_call', [{ to: from, data: '0x' }]],
	] as const) {
		for (const which of ['latest', block.number, { blockHash: block.hash }, block.hash])
			expect(await gateway.result(method, ...params, which), `${method} ${which}`).toEqual(
				await anvil.rpc(method, ...params, 'latest'),
			)
		const asked = proxy.calls.filter((call) => call.method === method)
		expect(
			asked.every(({ params }) => (params.at(-1) as { blockHash: string }).blockHash === block.hash),
		).toBe(true)
	}
	// Without a block it is the newest one, not what the endpoint thinks is that.
	await gateway.result('eth_getBalance', from)
	expect(proxy.calls.at(-1)).toEqual({ method: 'eth_getBalance', params: [from, { blockHash: block.hash }] })
})

it('has nothing beyond its view, though L1 has', async () => {
	const anvil = await anvilForTest()
	const block = await mineWith(anvil, 1)
	const feedProxy = await startL1Proxy(() => ({ target: anvil.httpUrl }))
	const gateway = await gatewayUnderTest([anvil.httpUrl], { feedUrls: [feedProxy.url] })
	await gateway.tipAt(block)
	// From here on the view stands still.
	await feedProxy.close()
	const later = await mineWith(anvil, 1)
	expect(await gateway.result('eth_getBlockByNumber', later.number, false)).toBeNull()
	expect(await gateway.result('eth_getBlockReceipts', later.number)).toBeNull()
	expect(await gateway.result('eth_getTransactionReceipt', later.transactions[0]?.hash)).toBeNull()
	expect(await gateway.result('eth_blockNumber')).toBe(block.number)
	expect(await gateway.rpc('eth_getBalance', `0x${'00'.repeat(20)}`, later.number)).toMatchObject({
		error: { code: -32000, message: 'the L1 view has no such block (yet)' },
	})
})

it('refuses what writes, what is pending, and what it does not know', async () => {
	const { proxy, gateway } = await served()
	const before = proxy.calls.length
	expect(await gateway.rpc('eth_sendRawTransaction', '0x00')).toMatchObject({
		error: {
			code: -32601,
			message:
				'eth_sendRawTransaction is refused: the L1 gateway only reads, send transactions to an L1 node',
		},
	})
	for (const method of ['eth_sign', 'anvil_mine', 'evm_revert', 'engine_newPayloadV4', 'admin_peers'])
		expect(await gateway.rpc(method)).toMatchObject({ error: { code: -32601 } })
	for (const which of ['pending', '0xzz', 5, null])
		expect(await gateway.rpc('eth_getBlockByNumber', which, false)).toMatchObject({ error: { code: -32602 } })
	expect(await gateway.rpc('eth_getStorageAt', `0x${'00'.repeat(20)}`)).toMatchObject({
		error: { code: -32602, message: 'too few arguments, want 2 and the block' },
	})
	expect(proxy.calls.length).toBe(before)
})

it('says that it has no view yet while L1 is not there', async () => {
	const anvil = await anvilForTest()
	const down = await startL1Proxy(() => ({ target: anvil.httpUrl }))
	await down.close()
	const gateway = await gatewayUnderTest([anvil.httpUrl], { feedUrls: [down.url] })
	for (const [method, ...params] of [
		['eth_blockNumber'],
		['eth_getBlockByNumber', 'latest', false],
		['eth_getBlockByNumber', '0x1', false],
		['eth_getBlockByNumber', 'finalized', false],
		['eth_getBlockByNumber', 'safe', false],
		['eth_getBlockReceipts', '0x1'],
		['eth_getTransactionReceipt', `0x${'0'.repeat(64)}`],
		['eth_getBalance', `0x${'00'.repeat(20)}`, 'latest'],
	] as const)
		expect(await gateway.rpc(method, ...params), method).toMatchObject({
			error: { code: -32000, message: expect.stringContaining('the L1 view is not there yet, try again') },
		})
	// What has a name of its own is there all the same.
	const genesis = (await anvil.rpc('eth_getBlockByNumber', '0x0', false)) as { readonly hash: string }
	expect(await gateway.result('eth_getBlockByHash', genesis.hash, false)).toEqual(genesis)
})

it('asks endpoints over WebSockets too', async () => {
	const anvil = await anvilForTest()
	const block = await mineWith(anvil, 3)
	const gateway = await gatewayUnderTest([anvil.wsUrl], { feedUrls: [anvil.httpUrl] })
	expect(await gateway.result('eth_getBlockByHash', block.hash, true)).toEqual(block)
	expect(await gateway.result('eth_getBlockReceipts', block.hash)).toHaveLength(3)
	await gateway.tipAt(block)
	expect(await gateway.rpc('eth_getBalance', '0x12', 'latest')).toMatchObject({
		error: { code: -32602, message: expect.stringContaining('no L1 endpoint answers: eth_getBalance: ') },
	})
	await anvil.stop()
	expect(await gateway.rpc('eth_getBalance', `0x${'00'.repeat(20)}`, 'latest')).toMatchObject({
		error: { code: -32000 },
	})
})
