import { describe, expect, it } from 'vitest'
import { ExecutionNodes } from '../../src/execution/execution-nodes.js'
import type { ChainId } from '../../src/protocol/chain-id.js'
import type { JsonRecord } from '../../src/protocol/record.js'
import { LOOK_AHEAD } from '../../src/routing/follower.js'
import { UnknownPayloadError, WrongPayloadError } from '../../src/routing/routing-errors.js'
import { payloadOfBlock } from '../../src/routing/unsafe-payload.js'
import { UnsafeRouter } from '../../src/routing/unsafe-router.js'
import {
	ExecutionServer,
	type ReceivedCall,
	result,
	rpcError,
	silence,
} from '../execution/execution-server.js'
import { hashOf } from '../storage/sample-chain.js'
import { afterTest } from '../supervisor/cleanup.js'
import { until } from '../supervisor/deadline.js'
import { LogCapture } from '../supervisor/log-capture.js'
import { OpNodeServer } from './op-node-server.js'
import { CHAIN, IndexedChain, idOf, REAL_BLOCKS } from './real-blocks.js'

const ID = BigInt(CHAIN) as ChainId

const blockByHash = ({ params: [hash] }: ReceivedCall) =>
	result(REAL_BLOCKS.find((block) => block.hash === hash) ?? null)

/** A router over real sockets: an execution node that has the chain, and followers at these blocks. */
async function routed(options: { readonly last: number; readonly heads: readonly number[] }) {
	const chain = new IndexedChain(options.last)
	const execution = await new ExecutionServer(CHAIN, (call, response) =>
		blockByHash(call)(call, response),
	).listen()
	const followers = options.heads.map((number) => new OpNodeServer(CHAIN, idOf(REAL_BLOCKS[number])))
	for (const { server } of followers) await server.listen()
	const logs = new LogCapture()
	const nodes = new ExecutionNodes({ addresses: [execution.url], chains: [ID] }, logs)
	const router = () => {
		const started = new UnsafeRouter(
			{ nodes: followers.map(({ url }) => url) },
			{ log: logs.log, chains: new Map([[ID, chain]]), execution: nodes },
		)
		afterTest(() => started.close())
		return started
	}
	afterTest(async () => {
		await nodes.close()
		await execution.stop()
		for (const { server } of followers) await server.stop()
	})
	const at = (number: number) =>
		until(
			() => `block ${number}; they are at ${followers.map(({ head }) => head.number)}`,
			() => followers.every(({ head }) => head.number === number),
		)
	return { chain, execution, followers, logs, router, at }
}

describe('unsafe blocks', () => {
	it('are given to a node behind by many, in order and once, never far ahead of it', async () => {
		const { followers, router, at } = await routed({ last: 40, heads: [0] })
		const [follower] = followers
		const ahead: number[] = []
		if (follower === undefined) throw new Error('no follower')
		follower.intercept = ({ method, params: [envelope] }) => {
			if (method === 'admin_postUnsafePayload') {
				const { blockNumber } = (envelope as { executionPayload: { blockNumber: string } }).executionPayload
				ahead.push(Number(blockNumber) - follower.head.number)
			}
			return undefined
		}
		router()
		await at(40)
		expect(follower.posted).toEqual(Array.from({ length: 40 }, (_, i) => i + 1))
		expect(Math.max(...ahead)).toBeLessThanOrEqual(LOOK_AHEAD)
	})

	it('are given as they come, and fetched once for several nodes', async () => {
		const { chain, execution, followers, router, at } = await routed({ last: 10, heads: [10, 9] })
		const running = router()
		await at(10)
		await until('both', () => running.followers.every(({ state }) => state === 'following'))
		for (chain.last = 11; chain.last <= 20; chain.last++) {
			running.news(ID)
			await at(chain.last)
		}
		expect(followers.map(({ posted }) => posted.length)).toEqual([10, 11])
		expect(execution.countOf('eth_getBlockByHash')).toBe(11)
	})

	it('go on after a restart of the node that lost its queue, and of Vigil', async () => {
		const { chain, followers, router, at } = await routed({ last: 5, heads: [0] })
		const [follower] = followers
		const first = router()
		await at(5)
		chain.last = 9
		await follower?.restart()
		first.news(ID)
		await at(9)
		await first.close()
		chain.last = 12
		router()
		await at(12)
	})

	it('are given again to a node that dropped them', async () => {
		const { followers, router, at } = await routed({ last: 3, heads: [0] })
		const [follower] = followers
		let dropped = 0
		if (follower !== undefined)
			follower.intercept = ({ method }) => {
				if (method !== 'admin_postUnsafePayload' || dropped === 3) return undefined
				dropped++
				return result(null)
			}
		router()
		await at(3)
		expect(dropped).toBe(3)
	})

	it('are not given to a node on another branch, until it is back', async () => {
		const { followers, logs, router, at } = await routed({ last: 20, heads: [10] })
		const [follower] = followers
		if (follower === undefined) throw new Error('no follower')
		follower.head = { number: 10, hash: hashOf('other', 10) }
		const running = router()
		await until('it is seen', () => running.followers[0]?.state === 'waiting')
		expect(follower.posted).toEqual([])
		expect(logs.records.filter(({ msg }) => msg.includes('is not of our chain'))).toHaveLength(1)
		follower.head = idOf(REAL_BLOCKS[8])
		await at(20)
		expect(follower.posted[0]).toBe(9)
	})

	it('that L1 contradicts are not given, nor any above', async () => {
		const { chain, followers, router, at } = await routed({ last: 20, heads: [0] })
		chain.contradicted.add(7)
		const running = router()
		await at(6)
		const looks = () => followers[0]?.server.countOf('optimism_syncStatus') ?? 0
		const before = looks()
		await until('it was looked at again', () => looks() >= before + 2)
		expect(followers[0]?.posted).toEqual([1, 2, 3, 4, 5, 6])
		chain.contradicted.clear()
		running.news(ID)
		await at(20)
	})

	it('of an execution node that lies are not passed on', async () => {
		const { execution, followers, router, at } = await routed({ last: 14, heads: [12] })
		const lies: ((call: ReceivedCall) => ReturnType<typeof result>)[] = [
			() => result(REAL_BLOCKS[12]),
			() => result({ ...REAL_BLOCKS[13], transactions: [] }),
			() => result({ ...REAL_BLOCKS[12], hash: REAL_BLOCKS[13]?.hash }),
			() => result('0x1'),
			() => rpcError(-32000, 'header not found'),
		]
		let told = 0
		execution.answering = (call, response) => (lies[told++] ?? blockByHash)(call)(call, response)
		router()
		await at(14)
		expect(told).toBeGreaterThan(lies.length)
		expect(followers[0]?.posted).toEqual([13, 14])
	})

	it('wait for a node that refuses or hangs, without holding up another', async () => {
		const { followers, logs, router } = await routed({ last: 10, heads: [0, 0, 0] })
		const [refusing, hanging, good] = followers
		if (refusing !== undefined)
			refusing.intercept = ({ method }) =>
				method.startsWith('admin_') ? rpcError(-32601, 'admin is off') : undefined
		if (hanging !== undefined) hanging.intercept = () => silence
		const running = router()
		await until('the good one', () => good?.head.number === 10)
		await until('the refusing one', () => running.followers[0]?.state === 'down')
		expect(running.followers[1]?.state).toBe('starting')
		const [warning] = logs.records.filter(({ msg }) => msg.startsWith('unsafe blocks cannot be routed'))
		expect(JSON.stringify(warning)).toContain('admin is off')
	})

	it('are not given to a node of another chain', async () => {
		const { followers, logs, router } = await routed({ last: 10, heads: [0] })
		const [follower] = followers
		if (follower !== undefined) follower.chainId = 555
		router()
		await until('the warning', () =>
			logs.records.some(({ err }) => JSON.stringify(err ?? '').includes('is of chain 555')),
		)
		expect(follower?.posted).toEqual([])
	})
})

describe('a posted payload', () => {
	it('is passed on without an execution node, and only as the block that it is', async () => {
		const { chain, execution, followers, router, at } = await routed({ last: 12, heads: [12] })
		execution.answering = rpcError(-32000, 'nothing here')
		const running = router()
		const { envelope } = payloadOfBlock(REAL_BLOCKS[13])
		const payload = envelope.executionPayload as JsonRecord
		expect(() => running.post(ID, { ...envelope, executionPayload: { ...payload, gasUsed: '0x1' } })).toThrow(
			WrongPayloadError,
		)
		expect(running.post(ID, envelope)).toEqual(idOf(REAL_BLOCKS[13]))
		expect(followers[0]?.posted).toEqual([])
		chain.last = 13
		running.news(ID)
		await at(13)
	})

	it('of a block that the chain does not have is refused', async () => {
		const { chain, router } = await routed({ last: 39, heads: [] })
		const running = router()
		const { envelope } = payloadOfBlock(REAL_BLOCKS[5])
		chain.contradicted.add(5)
		expect(() => running.post(ID, envelope)).toThrow(UnknownPayloadError)
		chain.last = 5
		expect(() => running.post(ID, payloadOfBlock(REAL_BLOCKS[40]).envelope)).toThrow(UnknownPayloadError)
	})
})
