import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { L1Reorg } from '../../src/l1/chain-view.js'
import { L1ContradictionError } from '../../src/l1/l1-errors.js'
import type { L1Feed } from '../../src/l1/l1-feed.js'
import type { BlockRef } from '../../src/protocol/block.js'
import { type Anvil, startAnvil } from '../anvil.js'
import { until } from '../supervisor/deadline.js'
import { feedUnderTest, finalizedAt, type LogLine, tipAt } from './feed-under-test.js'
import { type L1Proxy, type ProxiedCall, type Route, startL1Proxy } from './l1-proxy.js'

let anvil: Anvil
let route: (call: ProxiedCall) => Route
let proxy: L1Proxy
const closers: (() => Promise<void>)[] = []

beforeEach(async () => {
	anvil = await startAnvil(['--slots-in-an-epoch', '1'])
	route = () => ({ target: anvil.httpUrl })
	proxy = await startL1Proxy((call) => route(call))
	closers.push(proxy.close, anvil.stop)
})

afterEach(async () => {
	for (const close of closers.splice(0)) await close()
})

function feedOver(urls: readonly string[], options = {}): { feed: L1Feed; lines: LogLine[] } {
	const made = feedUnderTest(urls, { finalizedPollIntervalMs: 3_600_000, ...options })
	closers.unshift(() => made.feed.close())
	return made
}

function isLatest(call: ProxiedCall): boolean {
	return call.method === 'eth_getBlockByNumber' && call.params[0] === 'latest'
}

/** Resolves when the proxy has been asked `times` times more. */
async function asked(times: number): Promise<void> {
	const until = proxy.calls.length + times
	const before = route
	await new Promise<void>((resolve) => {
		route = (call) => {
			if (proxy.calls.length >= until) resolve()
			return before(call)
		}
	})
	route = before
}

function logged(lines: readonly LogLine[], text: string): LogLine[] {
	return lines.filter((line) => line.msg.includes(text))
}

it('headers of a branch that L1 was on for a moment between two polls are forgotten as soon as L1 shows others', async () => {
	const other = await startAnvil(['--slots-in-an-epoch', '1'])
	closers.push(other.stop)
	await anvil.mine(30)
	await other.rpc('evm_increaseTime', 1000)
	await other.mine(30)
	const { feed } = feedOver([proxy.url], { pollIntervalMs: 3_600_000 })
	await feed.start()
	route = () => ({ target: other.httpUrl })
	const wrong = await feed.nextAfter(11)
	route = () => ({ target: anvil.httpUrl })
	const shown = await feed.blockByNumber(12, { fresh: true })
	expect(shown?.hash).not.toBe(wrong.hash)
	expect(await feed.nextAfter(11)).toEqual(shown)
	expect((await feed.nextAfter(12)).parentHash).toBe(shown?.hash)
})

it('keeps its tip when L1 goes back without other blocks, and hands out nothing that L1 lacks', async () => {
	await anvil.mine(20)
	const { feed, lines } = feedOver([proxy.url])
	await feed.start()
	const tip = feed.tip
	const old = await anvil.rpc('eth_getBlockByNumber', '0xa', false)
	route = (call) => {
		if (isLatest(call)) return { result: old }
		if (Number(call.params[0]) > 10) return { result: null }
		return { target: anvil.httpUrl }
	}
	await asked(5)
	expect(feed.tip).toEqual(tip)
	const behind = feed.nextAfter(8)
	let served = false
	void behind.then(() => {
		served = true
	})
	expect(await feed.nextAfter(7)).toMatchObject({ number: 8 })
	await asked(5)
	expect(served).toBe(false)
	expect(logged(lines, 'behind')).toHaveLength(1)
	route = () => ({ target: anvil.httpUrl })
	expect(await behind).toMatchObject({ number: 9 })
})

it('takes a chain that came back shorter and then grew otherwise for the reorg that it is', async () => {
	await anvil.mine(10)
	const { feed } = feedOver([proxy.url])
	const snapshot = await anvil.rpc('evm_snapshot')
	await feed.start()
	// Read once, now: the label of the longer chain would forbid the reorg.
	await finalizedAt(feed, 8)
	await anvil.mine(3)
	await tipAt(feed, 13)
	const reorged = once(feed, 'reorg')
	await anvil.rpc('evm_revert', snapshot)
	await anvil.rpc('anvil_setCoinbase', `0x${'77'.repeat(20)}`)
	await anvil.mine(1)
	expect((await reorged)[0]).toMatchObject({ common: { number: 10 }, oldTip: { number: 13 } })
	expect((await tipAt(feed, 11)).number).toBe(11)
})

it('joins to nothing but one chain when a balancer answers from two', async () => {
	await anvil.mine(10)
	const other = await startAnvil(['--fork-url', anvil.httpUrl, '--fork-block-number', '10'])
	closers.push(other.stop)
	await anvil.mine(90)
	await other.rpc('anvil_mine', '0x5a', '0x2')
	const views = [anvil.httpUrl, other.httpUrl]
	let turn = 0
	route = () => ({ target: views[turn++ % 2] ?? '' })
	const { feed, lines } = feedOver([proxy.url])
	const given: BlockRef[] = []
	feed.on('reorg', ({ common }: L1Reorg) => {
		while ((given.at(-1)?.number ?? -1) > common.number) given.pop()
	})
	await feed.start()
	const walk = async () => {
		while ((given.at(-1)?.number ?? 0) < 98) {
			const last = given.at(-1)
			const block = await feed.nextAfter(last?.number ?? 0)
			// A reorg while it was on its way to us.
			if (given.at(-1) !== last) continue
			if (last !== undefined) expect(block.parentHash).toBe(last.hash)
			given.push(block)
		}
	}
	const walked = walk()
	await asked(300)
	route = () => ({ target: anvil.httpUrl })
	await walked
	expect(given).toHaveLength(98)
	expect(await feed.blockByNumber(98)).toEqual(given.at(-1))
	const real = await anvil.rpc('eth_getBlockByNumber', '0x62', false)
	expect(real).toMatchObject({ hash: given.at(-1)?.hash })
	expect(logged(lines, 'L1').length).toBeLessThan(20)
})

it('waits while L1 is down, says so once, and goes on by itself', async () => {
	await anvil.mine(10)
	const { feed, lines } = feedOver([proxy.url])
	await feed.start()
	expect(await feed.nextAfter(4)).toMatchObject({ number: 5 })
	route = () => {
		throw new Error('L1 is down')
	}
	const waiting = feed.nextAfter(8)
	// The first time it is asked twice: a connection that was kept may have been closed in that moment.
	await asked(4)
	expect(logged(lines, 'cannot be followed')).toHaveLength(1)
	expect(feed.waiting).toBe(1)
	await anvil.mine(1)
	route = () => ({ target: anvil.httpUrl })
	expect(await waiting).toMatchObject({ number: 9 })
	expect(logged(lines, 'followed again')).toHaveLength(1)
})

it('starts while L1 is down', async () => {
	route = () => {
		throw new Error('L1 is down')
	}
	const { feed } = feedOver([proxy.url])
	await feed.start()
	expect(feed.tip).toBeUndefined()
	const first = feed.nextAfter(-1)
	await anvil.mine(2)
	route = () => ({ target: anvil.httpUrl })
	expect(await first).toMatchObject({ number: 0 })
})

describe('answers that are not what was asked for', () => {
	const good = {
		number: '0x5',
		hash: `0x${'11'.repeat(32)}`,
		parentHash: `0x${'22'.repeat(32)}`,
		timestamp: '0x1',
	}
	it.each([
		['null', null, 'block'],
		['a list', [], 'block'],
		['no hash', { ...good, hash: undefined }, 'hash'],
		['a short hash', { ...good, hash: '0x11' }, 'hash'],
		['no parent', { ...good, parentHash: null }, 'parentHash'],
		['a plain number', { ...good, number: 5 }, 'number'],
		['another number', { ...good, number: '0x6' }, 'number'],
		['a number above 2^53', { ...good, number: '0x20000000000001' }, 'number'],
		['no timestamp', { ...good, timestamp: undefined }, 'timestamp'],
	])('%s is a named error, dropped and asked for again', async (_name, result, field) => {
		await anvil.mine(10)
		const { feed, lines } = feedOver([proxy.url])
		await feed.start()
		let bad = 0
		route = (call) => {
			if (call.params[0] !== '0x5') return { target: anvil.httpUrl }
			bad++
			return { result }
		}
		if (result !== null) {
			await expect(feed.blockByNumber(5)).rejects.toMatchObject({ name: 'L1ResponseError', field })
		} else {
			expect(await feed.blockByNumber(5)).toBeUndefined()
		}
		const next = feed.nextAfter(4)
		await until('what is wrong to be told', () => logged(lines, 'could not be read').length > 0)
		expect(bad).toBeGreaterThan(1)
		route = () => ({ target: anvil.httpUrl })
		expect(await next).toMatchObject({ number: 5 })
	})
})

it('never follows a finalized label that contradicts what it knows', async () => {
	await anvil.mine(10)
	const { feed, lines } = feedOver([proxy.url], { finalizedPollIntervalMs: 20 })
	await feed.start()
	await finalizedAt(feed, 8)
	await anvil.mine(1)
	const real = await tipAt(feed, 11)
	const label = await feed.blockByNumber(9)
	const lie = {
		hash: `0x${'ab'.repeat(32)}`,
		number: '0x9',
		parentHash: `0x${'cd'.repeat(32)}`,
		timestamp: '0x1',
	}
	await finalizedAt(feed, 9)
	const contradicted = once(feed, 'contradiction')
	route = (call) => (call.params[0] === 'finalized' ? { result: lie } : { target: anvil.httpUrl })
	const [error] = await contradicted
	expect(error).toBeInstanceOf(L1ContradictionError)
	expect(error).toMatchObject({ known: label, reported: { hash: lie.hash } })
	expect(feed.finalized).toEqual(label)
	expect(feed.tip).toEqual(real)
	expect(lines.filter((line) => line.level === 50)).toHaveLength(1)
})

it('never follows a reorg below finality', async () => {
	await anvil.mine(10)
	// The label is read once only: anvil would move it to the new branch.
	const { feed } = feedOver([proxy.url])
	await feed.start()
	await finalizedAt(feed, 8)
	const tip = feed.tip
	const contradicted = once(feed, 'contradiction')
	const reorgs: unknown[] = []
	feed.on('reorg', (reorg) => reorgs.push(reorg))
	await anvil.reorg(5)
	expect((await contradicted)[0]).toMatchObject({ known: { number: 8 }, reported: { number: 8 } })
	expect(feed.tip).toEqual(tip)
	expect(reorgs).toEqual([])
	expect(await feed.blockByNumber(8)).toEqual(feed.finalized)
})

it('measures a reorg on what it knows, not on the final block far below', async () => {
	await anvil.mine(100)
	const final = await anvil.rpc('eth_getBlockByNumber', '0x32', false)
	route = (call) => (call.params[0] === 'finalized' ? { result: final } : { target: anvil.httpUrl })
	const { feed } = feedOver([proxy.url])
	await feed.start()
	await finalizedAt(feed, 50)
	const reorged = once(feed, 'reorg')
	await anvil.reorg(3)
	const [reorg] = await reorged
	expect(reorg).toMatchObject({ common: { number: 99 }, oldTip: { number: 100 } })
	expect(await feed.nextAfter(96)).toMatchObject({ number: 97 })
})

it('refuses an endpoint of another chain', async () => {
	await anvil.mine(100)
	let asked = 0
	let fifth: () => void = () => {}
	const askedFiveTimes = new Promise<void>((resolve) => {
		fifth = resolve
	})
	const wrong = await startL1Proxy(({ method }) => {
		if (method === 'eth_chainId' && ++asked === 5) fifth()
		return { target: anvil.httpUrl }
	})
	closers.push(wrong.close)
	const { feed, lines } = feedOver([wrong.url], { chainId: 1n })
	await feed.start()
	await askedFiveTimes
	// Neither its tip nor its finalized block is even asked for.
	expect([wrong.asked('latest'), wrong.asked('finalized')]).toEqual([0, 0])
	expect(feed.tip).toBeUndefined()
	expect(lines[0]).toMatchObject({ reason: expect.stringContaining('chain 31337, not 1') })
})

it('uses the next endpoint when the first is gone', async () => {
	await anvil.mine(300)
	const gone = await startL1Proxy(() => ({ result: null }))
	await gone.close()
	const { feed } = feedOver([gone.url, gone.url.replace('http', 'ws'), proxy.url], { chainId: 31337n })
	await feed.start()
	for (let number = 0; number < 200; number++) {
		expect(await feed.nextAfter(number)).toMatchObject({ number: number + 1 })
	}
})

it('asks one by one where batches are refused', async () => {
	await anvil.mine(300)
	const strict = await startL1Proxy(() => ({ target: anvil.httpUrl }), { largestBatch: 10 })
	closers.push(strict.close)
	const { feed, lines } = feedOver([strict.url])
	await feed.start()
	for (let number = 0; number < 250; number++) {
		expect(await feed.nextAfter(number)).toMatchObject({ number: number + 1 })
	}
	expect(logged(lines, 'could not be read')).toEqual([])
})
