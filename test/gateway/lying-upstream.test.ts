import { expect, it } from 'vitest'
import { startL1Proxy } from '../l1/l1-proxy.js'
import { afterTest } from '../supervisor/cleanup.js'
import { anvilForTest, gatewayUnderTest, type JsonBlock, mineWith } from './gateway-under-test.js'

type Change = (answer: never, other: JsonBlock) => unknown

/** Ways to answer eth_getBlockByHash with something that is not the block. */
const BLOCKS: Readonly<Record<string, Change>> = {
	'another block': (_, other) => other,
	'another block under the hash': ({ hash }: JsonBlock, other) => ({ ...other, hash }),
	'a header that was changed': (block: object) => ({ ...block, timestamp: '0x5' }),
	'a transaction less': (block: JsonBlock) => ({ ...block, transactions: block.transactions.slice(1) }),
	'transactions in another order': (block: JsonBlock) => ({
		...block,
		transactions: [...block.transactions].reverse(),
	}),
	'a value that was changed': (block: JsonBlock) => changeFirst(block, { value: '0x5' }),
	'a wrong hash of a transaction': (block: JsonBlock) => changeFirst(block, { hash: block.parentHash }),
	'a transaction of another block': (block: JsonBlock) => changeFirst(block, { blockHash: block.parentHash }),
	'a withdrawal that there was not': (block: object) => ({
		...block,
		withdrawals: [{ index: '0x1', validatorIndex: '0x1', address: `0x${'11'.repeat(20)}`, amount: '0x1' }],
	}),
	'no object': () => 'block',
	'no transactions': (block: object) => ({ ...block, transactions: undefined }),
}

type JsonReceipt = Readonly<Record<string, unknown>> & { readonly logs: readonly object[] }

/** Ways to answer eth_getBlockReceipts with something that is not all of them. */
const RECEIPTS: Readonly<Record<string, Change>> = {
	none: () => [],
	'one less': (receipts: JsonReceipt[]) => receipts.slice(0, -1),
	'a log less': ([first, ...rest]: JsonReceipt[]) => [{ ...first, logs: [] }, ...rest],
	'a log that was changed': ([first, ...rest]: JsonReceipt[]) => [
		{ ...first, logs: first?.logs.map((log) => ({ ...log, data: `0x${'00'.repeat(32)}` })) },
		...rest,
	],
	'a wrong place of a log': ([first, ...rest]: JsonReceipt[]) => [
		{ ...first, logs: first?.logs.map((log) => ({ ...log, logIndex: '0x7' })) },
		...rest,
	],
	'another status': ([first, ...rest]: JsonReceipt[]) => [{ ...first, status: '0x0' }, ...rest],
	'a receipt twice': ([first, , ...rest]: JsonReceipt[]) => [first, first, ...rest],
	'a wrong block': ([first, ...rest]: JsonReceipt[]) => [
		{ ...first, blockHash: `0x${'11'.repeat(32)}` },
		...rest,
	],
	'gas that does not add up': ([first, ...rest]: JsonReceipt[]) => [{ ...first, gasUsed: '0x1' }, ...rest],
	'null among them': ([, ...rest]: JsonReceipt[]) => [null, ...rest],
}

function changeFirst(block: JsonBlock, change: object): object {
	const [first, ...rest] = block.transactions
	return { ...block, transactions: [{ ...first, ...change }, ...rest] }
}

/** An L1 whose first endpoint answers `method` for the last block with what `lie` makes of the right answer. */
async function liar(method: string, options: { readonly trustRpc?: boolean; readonly alone?: boolean } = {}) {
	const anvil = await anvilForTest()
	const other = await mineWith(anvil, 2)
	const state: { block: JsonBlock; lie?: Change } = { block: other }
	const proxy = await startL1Proxy((call) => {
		const { block, lie } = state
		return call.method === method && lie !== undefined && call.params[0] === block.hash
			? { target: anvil.httpUrl, change: (answer) => lie(answer, other) }
			: { target: anvil.httpUrl }
	})
	afterTest(() => proxy.close())
	const urls = options.alone === true ? [proxy.url] : [proxy.url, anvil.httpUrl]
	const { trustRpc = false } = options
	const gateway = await gatewayUnderTest(urls, { feedUrls: [anvil.httpUrl], trustRpc })
	return {
		...{ proxy, gateway },
		/** A new block, which nobody has asked for. */
		async newBlock(lie: Change): Promise<readonly [hash: string, ...args: unknown[]]> {
			state.block = await mineWith(anvil, 3)
			state.lie = lie
			return method === 'eth_getBlockByHash' ? [state.block.hash, true] : [state.block.hash]
		},
		beHonest() {
			delete state.lie
		},
		right: (args: readonly unknown[]) => anvil.rpc(method, ...args),
	}
}

it.each([
	['eth_getBlockByHash', BLOCKS],
	['eth_getBlockReceipts', RECEIPTS],
])('a wrong answer to %s is not used, and the next endpoint is asked', async (method, lies) => {
	const { gateway, proxy, newBlock, right } = await liar(method)
	for (const [name, lie] of Object.entries(lies)) {
		const args = await newBlock(lie)
		expect(await gateway.result(method, ...args), name).toEqual(await right(args))
		// The right one is kept.
		const asked = proxy.calls.length
		expect(await gateway.result(method, ...args), name).toEqual(await right(args))
		expect(proxy.calls.length, name).toBe(asked)
	}
	await gateway.close()
	expect(gateway.counts().upstream[`${proxy.url} wrong`]).toBe(Object.keys(lies).length)
})

it.each([
	['eth_getBlockByHash', BLOCKS['another block']],
	['eth_getBlockReceipts', RECEIPTS['one less']],
])(
	'if no endpoint is right about %s nothing is kept, and a right answer counts later',
	async (method, lie) => {
		const { gateway, newBlock, beHonest, right } = await liar(method, { alone: true })
		const args = await newBlock(lie as Change)
		for (let i = 0; i < 2; i++)
			expect(await gateway.rpc(method, ...args)).toMatchObject({
				error: { code: -32603, message: expect.stringContaining('no L1 endpoint has a right answer: wrong') },
			})
		beHonest()
		expect(await gateway.result(method, ...args)).toEqual(await right(args))
	},
)

it('with --l1-gateway.trust-rpc what cannot be told without hashing is believed', async () => {
	const { gateway, newBlock } = await liar('eth_getBlockByHash', { trustRpc: true })
	const args = await newBlock(BLOCKS['a header that was changed'] as Change)
	expect(await gateway.result('eth_getBlockByHash', ...args)).toMatchObject({ timestamp: '0x5' })
})
