import { expect, it } from 'vitest'
import { startL1Proxy } from '../l1/l1-proxy.js'
import { afterTest, temporaryDirectory } from '../supervisor/cleanup.js'
import { until } from '../supervisor/deadline.js'
import {
	anvilForTest,
	gatewayUnderTest,
	type JsonBlock,
	mineWith,
	type TestGateway,
} from './gateway-under-test.js'
import { startSilentServer } from './silent-server.js'

/** What op-node asks about each L1 block, with `--l1.rpckind=standard`. */
async function readLikeANode(gateway: TestGateway, block: JsonBlock): Promise<void> {
	expect(await gateway.result('eth_getBlockByNumber', block.number, false)).toMatchObject({
		hash: block.hash,
	})
	expect(await gateway.result('eth_getBlockByHash', block.hash, false)).toMatchObject({ hash: block.hash })
	expect(await gateway.result('eth_getBlockByHash', block.hash, true)).toEqual(block)
	expect(await gateway.result('eth_getBlockReceipts', block.hash)).toHaveLength(block.transactions.length)
}

it('64 nodes at the same moment: each object is fetched once', async () => {
	const anvil = await anvilForTest()
	const blocks: JsonBlock[] = []
	for (let i = 0; i < 8; i++) blocks.push(await mineWith(anvil, 4))
	const proxy = await startL1Proxy(() => ({ target: anvil.httpUrl }))
	afterTest(() => proxy.close())
	const gateway = await gatewayUnderTest([proxy.url], { feedUrls: [anvil.httpUrl] })
	await gateway.tipAt(blocks.at(-1) as JsonBlock)
	await Promise.all(
		Array.from({ length: 64 }, async (_, i) => {
			// Half of them are elsewhere at the moment.
			for (const block of i % 2 === 0 ? blocks : [...blocks].reverse()) await readLikeANode(gateway, block)
		}),
	)
	const asked = new Map<string, number>()
	for (const { method, params } of proxy.calls) {
		const key = `${method} ${String(params[0])}`
		asked.set(key, (asked.get(key) ?? 0) + 1)
	}
	expect([...asked.values()].every((times) => times === 1)).toBe(true)
	expect(asked.size).toBe(2 * blocks.length)
	await gateway.close()
	const { requests, misses } = gateway.counts()
	expect(requests['eth_getBlockReceipts ok']).toBe(64 * 8)
	expect(misses).toEqual({ block: 8, receipts: 8 })
})

it('a reorg moves labels and numbers at once, for all who ask', async () => {
	const anvil = await anvilForTest()
	for (let i = 0; i < 6; i++) await mineWith(anvil, 1)
	const old = await mineWith(anvil, 1)
	const gateway = await gatewayUnderTest([anvil.httpUrl])
	await gateway.tipAt(old)
	const seen: [latest: JsonBlock, byNumber: JsonBlock][] = []
	let isOver = false
	const watch = async () => {
		while (!isOver) {
			const latest = (await gateway.result('eth_getBlockByNumber', 'latest', false)) as JsonBlock
			const byNumber = (await gateway.result('eth_getBlockByNumber', latest.number, false)) as JsonBlock
			seen.push([latest, byNumber])
		}
	}
	const watching = [watch(), watch()]
	await anvil.reorg(1)
	const next = (await anvil.rpc('eth_getBlockByNumber', 'latest', false)) as JsonBlock
	expect(next.number).toBe(old.number)
	expect(next.hash).not.toBe(old.hash)
	await gateway.tipAt(next)
	// From here on nobody is told of the old block by its number.
	expect(await gateway.result('eth_getBlockByNumber', old.number, false)).toEqual(next)
	const after = seen.length
	await until('more answers', () => seen.length > after + 10)
	isOver = true
	await Promise.all(watching)
	const tips = new Set([old.hash, next.hash])
	expect(seen.every(([latest]) => tips.has(latest.hash))).toBe(true)
	expect(
		seen
			.slice(after + 2)
			.every(([latest, byNumber]) => latest.hash === next.hash && byNumber.hash === next.hash),
	).toBe(true)
	// By its hash the old one is what it was, its transaction is not on the chain any more.
	expect(await gateway.result('eth_getBlockByHash', old.hash, true)).toEqual(old)
	expect(await gateway.result('eth_getTransactionReceipt', old.transactions[0]?.hash)).toBeNull()
})

it('a reorg while a block is fetched: the answer is of the new chain', async () => {
	const anvil = await anvilForTest()
	for (let i = 0; i < 4; i++) await mineWith(anvil, 1)
	const old = await mineWith(anvil, 1)
	const asked = new Set<string>()
	let release = () => {}
	const released = new Promise<void>((resolve) => {
		release = resolve
	})
	const proxy = await startL1Proxy(async ({ method, params }) => {
		asked.add(method)
		if (params[0] === old.hash || method === 'eth_getCode') await released
		return { target: anvil.httpUrl }
	})
	afterTest(() => proxy.close())
	const gateway = await gatewayUnderTest([proxy.url], { feedUrls: [anvil.httpUrl] })
	await until('the tip', async () => (await gateway.rpc('eth_blockNumber')).result === old.number)
	const byNumber = gateway.result('eth_getBlockByNumber', old.number, true)
	const receipts = gateway.result('eth_getBlockReceipts', 'latest')
	const code = gateway.result('eth_getCode', `0x${'00'.repeat(20)}`, 'latest')
	await until('the questions', () => asked.has('eth_getBlockByHash') && asked.has('eth_getCode'))
	await anvil.reorg(1)
	const next = (await anvil.rpc('eth_getBlockByNumber', 'latest', true)) as JsonBlock
	const tip = await mineWith(anvil, 0)
	await until('the new tip', async () => (await gateway.rpc('eth_blockNumber')).result === tip.number)
	release()
	expect(await byNumber).toEqual(next)
	expect(await receipts).toEqual([])
	expect(await code).toBe('0x')
	const pinned = proxy.calls.filter(({ method }) => method === 'eth_getCode').map(({ params }) => params[1])
	expect(pinned).toEqual([{ blockHash: old.hash }, { blockHash: tip.hash }])
})

it('one number has one block for all who ask, tied to the tip by hashes', async () => {
	const anvil = await anvilForTest()
	const genesis = (await anvil.rpc('eth_getBlockByNumber', '0x0', true)) as JsonBlock
	for (let i = 0; i < 4; i++) await mineWith(anvil, 1)
	const tip = await mineWith(anvil, 1)
	const gateway = await gatewayUnderTest([anvil.httpUrl])
	await gateway.tipAt(tip)
	// All numbers at once, none of which the gateway was told: they are tied to the tip by their hashes.
	const numbers = Array.from({ length: 5 }, (_, i) => `0x${(i + 1).toString(16)}`)
	const both = await Promise.all(
		[gateway, gateway].map(({ result }) =>
			Promise.all(
				numbers.map((number) => result('eth_getBlockByNumber', number, true) as Promise<JsonBlock>),
			),
		),
	)
	expect(both[0]).toEqual(both[1])
	let parent = genesis
	for (const block of both[0] ?? []) {
		expect(block.parentHash).toBe(parent.hash)
		parent = block
	}
	expect(parent).toEqual(tip)
})

it('with all endpoints down what is cached is served, and the rest fails clearly', async () => {
	const anvil = await anvilForTest()
	const other = await mineWith(anvil, 1)
	const block = await mineWith(anvil, 3)
	const proxy = await startL1Proxy(() => ({ target: anvil.httpUrl }))
	const gateway = await gatewayUnderTest([proxy.url])
	await gateway.tipAt(block)
	await readLikeANode(gateway, block)
	await proxy.close()
	await gateway.logs.logged('that L1 is down', ({ msg }) => msg === 'L1 cannot be followed; trying again')
	await readLikeANode(gateway, block)
	expect(await gateway.result('eth_getBlockByNumber', 'latest', false)).toMatchObject({ hash: block.hash })
	expect(await gateway.rpc('eth_getBlockByHash', other.hash, false)).toMatchObject({
		error: { code: -32000, message: 'no L1 endpoint answers: eth_getBlockByHash: ECONNREFUSED' },
	})
	expect(await gateway.rpc('eth_getBalance', `0x${'00'.repeat(20)}`, 'latest')).toMatchObject({
		error: { code: -32000, message: 'no L1 endpoint answers: eth_getBalance: ECONNREFUSED' },
	})
})

it('an endpoint that hangs costs its deadline once, then the next one is asked first', async () => {
	const anvil = await anvilForTest()
	const first = await mineWith(anvil, 1)
	const second = await mineWith(anvil, 1)
	const silent = await startSilentServer()
	const gateway = await gatewayUnderTest([silent.url, anvil.httpUrl], {
		feedUrls: [anvil.httpUrl],
		requestTimeoutMs: 200,
	})
	expect(await gateway.result('eth_getBlockByHash', first.hash, true)).toEqual(first)
	expect(await gateway.result('eth_getBlockByHash', second.hash, true)).toEqual(second)
	expect(silent.requests()).toBe(1)
})

it('the cache survives a restart of Vigil', async () => {
	const anvil = await anvilForTest()
	const block = await mineWith(anvil, 3)
	const proxy = await startL1Proxy(() => ({ target: anvil.httpUrl }))
	afterTest(() => proxy.close())
	const directory = temporaryDirectory()
	const urls = { feedUrls: [anvil.httpUrl], directory }
	const before = await gatewayUnderTest([proxy.url], urls)
	await before.tipAt(block)
	await readLikeANode(before, block)
	await before.close()
	const asked = proxy.calls.length
	const after = await gatewayUnderTest([proxy.url], urls)
	await after.tipAt(block)
	await readLikeANode(after, block)
	expect(proxy.calls.length).toBe(asked)
})

it('a thread that dies is started again on its port, and knows the view', async () => {
	const anvil = await anvilForTest()
	await mineWith(anvil, 1)
	const block = await mineWith(anvil, 3)
	const gateway = await gatewayUnderTest([anvil.httpUrl])
	await gateway.tipAt(block)
	await readLikeANode(gateway, block)
	// Not terminated: that may strike within LMDB's native code, and takes the process along.
	gateway.workers.at(-1)?.postMessage('something else')
	await gateway.logs.logged('its end', ({ msg }) => msg.startsWith('the thread of the L1 gateway ended'))
	await until('the next one', () => gateway.workers.length === 2)
	await untilAnswers(gateway)
	await gateway.tipAt(block)
	await readLikeANode(gateway, block)
	const next = await mineWith(anvil, 1)
	await gateway.tipAt(next)
})

it('while L1 contradicts what is stored nothing is told by number or label', async () => {
	const anvil = await anvilForTest()
	const block = await mineWith(anvil, 1)
	const gateway = await gatewayUnderTest([anvil.httpUrl])
	await gateway.tipAt(block)
	gateway.feed.hold('test', new Error('stored L1 is another one'))
	await until('that it is held', async () => (await gateway.rpc('eth_blockNumber')).error !== undefined)
	for (const which of ['latest', 'finalized', block.number])
		expect(await gateway.rpc('eth_getBlockByNumber', which, false)).toMatchObject({
			error: { code: -32000, message: 'L1 is held, try again later: stored L1 is another one' },
		})
	expect(await gateway.result('eth_getBlockByHash', block.hash, true)).toEqual(block)
	gateway.feed.release('test')
	await gateway.tipAt(block)
})

it('a port that is taken is an error at the start', async () => {
	const anvil = await anvilForTest()
	const { thread } = await gatewayUnderTest([anvil.httpUrl])
	await expect(gatewayUnderTest([anvil.httpUrl], { port: thread.port })).rejects.toThrow(
		`the L1 gateway cannot listen on 127.0.0.1 port ${thread.port}: it is in use; choose another with --l1-gateway.port`,
	)
})

/** Until its server takes connections again. */
async function untilAnswers(gateway: TestGateway): Promise<void> {
	await until('that it answers', async () => {
		try {
			await gateway.rpc('eth_blockNumber')
			return true
		} catch {
			return false
		}
	})
}
