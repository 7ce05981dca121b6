import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { L1FeedClosedError } from '../../src/l1/l1-errors.js'
import type { L1Feed } from '../../src/l1/l1-feed.js'
import { type Anvil, startAnvil } from '../anvil.js'
import { feedUnderTest, finalizedAt, tipAt } from './feed-under-test.js'
import { startL1Proxy } from './l1-proxy.js'

let anvil: Anvil
let feed: L1Feed | undefined

beforeEach(async () => {
	anvil = await startAnvil(['--slots-in-an-epoch', '1'])
})

afterEach(async () => {
	await feed?.close()
	await anvil.stop()
})

describe.each(['httpUrl', 'wsUrl'] as const)('a feed over %s', (kind) => {
	it('follows tip and finality, each block linked to the one before', async () => {
		await anvil.mine(3)
		feed = feedUnderTest([anvil[kind]]).feed
		const reorgs: unknown[] = []
		feed.on('reorg', (reorg) => reorgs.push(reorg))
		await feed.start()
		expect(feed.tip?.number).toBe(3)
		for (const number of [4, 5, 6]) {
			await anvil.mine(1)
			await tipAt(feed, number)
		}
		await anvil.mine(20)
		const tip = await tipAt(feed, 26)
		expect(await feed.blockByNumber(25)).toMatchObject({ number: 25, hash: tip.parentHash })
		expect(await feed.blockByHash(tip.parentHash)).toMatchObject({ number: 25 })
		await finalizedAt(feed, 24)
		expect(reorgs).toEqual([])
	})

	it('hands a block out exactly when the tip is deep enough', async () => {
		await anvil.mine(11)
		feed = feedUnderTest([anvil[kind]], { confirmationDepth: 2 }).feed
		await feed.start()
		expect(await feed.nextAfter(8)).toMatchObject({ number: 9 })
		let served = false
		const next = feed.nextAfter(9).then((block) => {
			served = true
			return block
		})
		let servedBefore: boolean | undefined
		feed.prependOnceListener('tip', () => {
			servedBefore = served
		})
		await anvil.mine(1)
		expect(await next).toMatchObject({ number: 10 })
		expect(servedBefore).toBe(false)
		expect(feed.tip?.number).toBe(12)
	})

	it('follows a reorg of one block and of five', async () => {
		await anvil.mine(5)
		feed = feedUnderTest([anvil[kind]], { finalizedPollIntervalMs: 60_000 }).feed
		await feed.start()
		// Read once, now: the label of the longer chain would forbid the reorg.
		await finalizedAt(feed, 3)
		await anvil.mine(15)
		const before = await tipAt(feed, 20)
		const base = await feed.blockByNumber(15)
		for (const depth of [1, 5]) {
			const oldTip = feed.tip
			const reorged = once(feed, 'reorg')
			await anvil.reorg(depth)
			const [reorg] = await reorged
			const common = 20 - depth
			expect(reorg).toMatchObject({ oldTip, common: { number: common } })
			// Over a subscription the first head of the new branch is lower than the old tip.
			expect((await tipAt(feed, 20)).hash).not.toBe(before.hash)
			let parent = await feed.blockByNumber(common)
			for (let number = common + 1; number <= 20; number++) {
				const block = await feed.blockByNumber(number)
				expect(block?.parentHash).toBe(parent?.hash)
				parent = block
			}
			expect(parent).toEqual(feed.tip)
		}
		expect(await feed.blockByNumber(15)).toEqual(base)
	})
})

it('serves pushed heads while the poll sleeps', async () => {
	const { feed: pushed } = feedUnderTest([anvil.wsUrl], { watchdogIntervalMs: 3_600_000 })
	feed = pushed
	await feed.start()
	// The first pushed head puts the poll to sleep.
	for (let number = 1; number <= 30; number++) {
		await anvil.mine(1)
		await tipAt(feed, number)
	}
	expect(await feed.nextAfter(27)).toMatchObject({ number: 28 })
})

it('answers many waiters of one block from one request', async () => {
	await anvil.mine(400)
	const proxy = await startL1Proxy(() => ({ target: anvil.httpUrl }))
	const many = feedUnderTest([proxy.url], { finalizedPollIntervalMs: 60_000 }).feed
	feed = many
	await many.start()
	const blocks = await Promise.all(Array.from({ length: 50 }, () => many.nextAfter(9)))
	expect(new Set(blocks).size).toBe(1)
	expect(proxy.asked(10)).toBe(1)
	await proxy.close()
})

it('reads ahead in batches while somebody catches up, each header once', async () => {
	await anvil.mine(600)
	const proxy = await startL1Proxy(() => ({ target: anvil.httpUrl }))
	feed = feedUnderTest([proxy.url], { pollIntervalMs: 60_000, finalizedPollIntervalMs: 60_000 }).feed
	await feed.start()
	let parent = await feed.nextAfter(0)
	for (let number = 1; number < 598; number++) {
		const block = await feed.nextAfter(number)
		expect(block).toMatchObject({ number: number + 1, parentHash: parent.hash })
		parent = block
	}
	const counts = Array.from({ length: 598 }, (_, index) => proxy.asked(index + 1))
	// None at all for a block that the finalized label brought.
	expect(Math.max(...counts)).toBe(1)
	expect(proxy.requests()).toBeLessThan(40)
	await proxy.close()
})

it('forgets a waiter whose signal aborts, and rejects the others when it closes', async () => {
	feed = feedUnderTest([anvil.httpUrl]).feed
	await feed.start()
	const controller = new AbortController()
	const aborted = feed.nextAfter(5, controller.signal)
	const left = feed.nextAfter(5)
	expect(feed.waiting).toBe(2)
	controller.abort(new Error('no longer needed'))
	await expect(aborted).rejects.toThrow('no longer needed')
	await expect(feed.nextAfter(5, controller.signal)).rejects.toThrow('no longer needed')
	expect(feed.waiting).toBe(1)
	const rejected = expect(left).rejects.toBeInstanceOf(L1FeedClosedError)
	await feed.close()
	await rejected
	expect(feed.waiting).toBe(0)
	await expect(feed.nextAfter(0)).rejects.toBeInstanceOf(L1FeedClosedError)
})
