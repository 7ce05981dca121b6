import { expect, it } from 'vitest'
import { startL1Proxy } from '../l1/l1-proxy.js'
import { afterTest } from '../supervisor/cleanup.js'
import { anvilForTest, gatewayUnderTest, mineWith } from './gateway-under-test.js'

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
