import { describe, expect, it } from 'vitest'
import type { ClusterReads, Cut, ReadLevel } from '../../src/api/cluster-reads.js'
import { startRpcServer } from '../../src/api/rpc-server.js'
import type { ChainId } from '../../src/protocol/chain-id.js'
import { DataCorruptionError } from '../../src/protocol/errors.js'
import type { Supervisor } from '../../src/supervisor/supervisor.js'
import { ExecutionServer, type ReceivedCall, result, rpcError } from '../execution/execution-server.js'
import { endReached } from '../promotion/recorded-end.js'
import { type RecordingName, recordingOf } from '../promotion/recordings.js'
import { afterTest } from '../supervisor/cleanup.js'
import { until } from '../supervisor/deadline.js'
import { LogCapture } from '../supervisor/log-capture.js'
import { replayed, supervise } from '../supervisor/supervised.js'
import { SocketClient } from './socket-client.js'

const CHAINS = ['901', '902']
const LEVELS: readonly ReadLevel[] = ['unsafe', 'cross-unsafe', 'local-safe', 'safe', 'finalized']

/** Answers with the hash of the block that it is asked at. */
const echo = (call: ReceivedCall) => {
	const pinned = call.params.find(
		(param) => typeof param === 'object' && param !== null && 'blockHash' in param,
	)
	return result((pinned as { blockHash: string } | undefined)?.blockHash ?? null)
}

/** A supervised recording with an execution node for each chain, and its API over sockets. */
async function served(name: RecordingName, pace: Parameters<typeof replayed>[1] = { kind: 'asap' }) {
	const recording = await recordingOf(name)
	const replay = await replayed(recording, pace)
	const nodes: ExecutionServer[] = []
	for (const chain of CHAINS) {
		const node = new ExecutionServer(Number(chain), (call, response) => echo(call)(call, response))
		nodes.push(await node.listen())
		afterTest(() => node.stop())
	}
	const { supervisor } = await supervise(recording, replay, { executionNodes: nodes.map(({ url }) => url) })
	const server = await startRpcServer(
		{ addr: '127.0.0.1', port: 0 },
		{ log: new LogCapture().log, version: '1', ...supervisor.api },
	)
	afterTest(() => server.close())
	const client = await SocketClient.open(Number(server.addr.split(':').at(-1)))
	afterTest(() => client.socket.terminate())
	// biome-ignore lint/suspicious/noExplicitAny: answers are looked at as a client would
	const ask = async (method: string, ...params: unknown[]): Promise<any> => client.call(method, params)
	return { recording, supervisor, nodes, client, ask }
}

const headsOf = (supervisor: Supervisor, chain: string) => {
	const heads = [...supervisor.reader.syncStatus().chains].find(([id]) => `${id}` === chain)?.[1]
	if (heads === undefined) throw new Error(`no chain ${chain}`)
	return heads
}

describe('cluster_getHeads', () => {
	it('gives a block of every chain that fit each other, at every level', async () => {
		const { recording, supervisor, ask } = await served('steady')
		await endReached(supervisor, recording)
		for (const level of LEVELS) {
			const { result: cut } = await ask('cluster_getHeads', { level })
			expect(Object.keys(cut.chains)).toEqual(CHAINS)
			const times = CHAINS.map((chain) => cut.chains[chain].timestamp)
			expect(cut.timestamp).toBe(Math.min(...times))
			for (const chain of CHAINS) {
				const id = BigInt(chain) as ChainId
				if (cut.l1 === null) continue
				// The peers' own question about the same: what was derived up to that L1 block.
				const derived = supervisor.reader.allSafeDerivedAt(cut.l1).get(id)
				if (level === 'local-safe') expect(derived).toMatchObject({ hash: cut.chains[chain].hash })
				const head = headsOf(supervisor, chain)[level === 'safe' ? 'safe' : 'finalized']
				if (level === 'safe' || level === 'finalized')
					expect(cut.chains[chain].number).toBeLessThanOrEqual(head.number)
			}
			if (level === 'unsafe' || level === 'cross-unsafe') expect(cut.l1).toBeNull()
			else expect(cut.l1.number).toBeGreaterThan(0)
			const again = cut.l1 === null ? { level, timestamp: cut.timestamp } : { level, l1: cut.l1.number }
			expect((await ask('cluster_getHeads', again)).result).toEqual(
				cut.l1 === null ? { ...cut, chains: expect.anything() } : cut,
			)
		}
	})

	it('refuses an L1 block at which a chain is not complete, naming the chain', async () => {
		const { recording, supervisor, ask } = await served('steady')
		await endReached(supervisor, recording)
		const { error } = await ask('cluster_getHeads', { level: 'safe', l1: 1_000_000 })
		expect(error).toMatchObject({
			code: -321401,
			message: expect.stringMatching(/chain 90[12] is not complete/),
		})
		const { result: cut } = await ask('cluster_getHeads', { level: 'safe' })
		const wrong = { number: cut.l1.number, hash: cut.l1.parentHash }
		expect((await ask('cluster_getHeads', { level: 'safe', l1: wrong })).error.message).toContain(
			'conflicting data',
		)
	})

	it.each([
		[{ level: 'best' }, 'unrecognized safety level'],
		[{ level: 'unsafe', l1: 3 }, 'do not come from one'],
		[{ l1: 3, timestamp: 4 }, 'not both'],
		[{ l1: -3 }, 'whole number'],
		[{ l1: { number: 3 } }, 'selector.l1.hash'],
		[3, 'an object'],
	])('%j is refused', async (selector, message) => {
		const { ask } = await served('steady')
		expect((await ask('cluster_getHeads', selector)).error).toMatchObject({
			code: -32602,
			message: expect.stringContaining(message),
		})
	})
})

describe('cluster_call', () => {
	it('reads every chain at exactly the blocks of one cut', async () => {
		const { recording, supervisor, ask } = await served('steady')
		await endReached(supervisor, recording)
		for (const level of LEVELS) {
			const { result: answer } = await ask('cluster_call', {
				...{ method: 'eth_getBalance', params: ['0x0000000000000000000000000000000000000001'] },
				level,
			})
			for (const chain of CHAINS) expect(answer.chains[chain].result).toBe(answer.cut.chains[chain].hash)
		}
		const one = await ask('cluster_call', {
			method: 'eth_getCode',
			params: ['0x01', 'latest'],
			chains: ['902'],
		})
		expect(Object.keys(one.result.chains)).toEqual(['902'])
	})

	it('a chain that fails is an error inside of the answer, or of the whole call', async () => {
		const { recording, supervisor, nodes, ask } = await served('steady')
		await endReached(supervisor, recording)
		const [, second] = nodes
		if (second === undefined) throw new Error('two nodes are needed')
		const call = { method: 'eth_call', params: [{ to: '0x01' }] }
		second.answering = rpcError(3, 'execution reverted', '0x08c379a0')
		const { result: answer } = await ask('cluster_call', call)
		expect(answer.chains['901'].result).toBe(answer.cut.chains['901'].hash)
		expect(answer.chains['902'].error).toEqual({ code: 3, message: 'execution reverted', data: '0x08c379a0' })
		const strict = await ask('cluster_call', { ...call, strict: true })
		expect(strict.error).toMatchObject({ code: -322000, message: expect.stringContaining('chain 902') })
		second.answering = result({ what: 'ever' })
		expect((await ask('cluster_call', call)).result.chains['902'].error.code).toBe(-322002)
		await second.stop()
		expect((await ask('cluster_call', call)).result.chains['902'].error.code).toBe(-322001)
	})

	it('refuses what cannot be bound to one block', async () => {
		const { recording, supervisor, ask } = await served('steady')
		await endReached(supervisor, recording)
		for (const call of [
			{ method: 'eth_sendRawTransaction', params: ['0x'] },
			{ method: 'eth_blockNumber' },
			{ method: 'eth_getBalance', params: ['0x01', '0x5'] },
			{ method: 'eth_getLogs', params: [{ fromBlock: '0x1' }] },
			{ method: 7 },
			{ method: 'eth_getBalance', params: {} },
			{ method: 'eth_getBalance', params: ['0x01'], chains: ['7'] },
		])
			expect((await ask('cluster_call', call)).error.code, JSON.stringify(call)).toBeLessThan(0)
	})

	it.each(['l1-reorg', 'invalid-message', 'cycle'] as const)(
		'never mixes two cuts, whatever happens meanwhile: %s',
		async (name) => {
			const { recording, supervisor, nodes, ask } = await served(name, { kind: 'recorded', speed: 20 })
			// A node that takes its time: the chains are cut between question and answer.
			for (const node of nodes)
				node.answering = (call, response) => void setTimeout(() => echo(call)(call, response), 15)
			let isOver = false
			let answers = 0
			const asking = LEVELS.map(async (level) => {
				while (!isOver) {
					const call = { method: 'eth_getBalance', params: ['0x01'], level }
					const { result: answer, error } = await ask('cluster_call', call)
					if (answer === undefined) expect(error.code).toBeLessThan(0)
					else {
						answers++
						for (const chain of CHAINS)
							expect(answer.chains[chain].result).toBe(answer.cut.chains[chain].hash)
					}
				}
			})
			await endReached(supervisor, recording)
			isOver = true
			await Promise.all(asking)
			expect(answers).toBeGreaterThan(0)
		},
	)
})

describe('cluster_getOutputs', () => {
	it('gives the outputs from which the super root is made', async () => {
		const { recording, supervisor, ask } = await served('steady')
		await endReached(supervisor, recording)
		const { safeTimestamp } = supervisor.reader.syncStatus()
		const { result: outputs } = await ask('cluster_getOutputs', safeTimestamp)
		const { superRoot } = await supervisor.api.superRoots.superRootAtTimestamp(BigInt(safeTimestamp))
		expect(outputs.superRoot).toBe(superRoot)
		for (const chain of CHAINS)
			expect(outputs.chains[chain].output.blockHash).toBe(outputs.cut.chains[chain].hash)
		expect((await ask('cluster_getOutputs', '0xffffffff')).error.code).toBe(-321401)
	})
})

describe('cluster_subscribe', () => {
	it.each(['steady', 'l1-reorg'] as const)('tells each cut in order, and reorgs: %s', async (name) => {
		const { recording, supervisor, client } = await served(name, { kind: 'recorded', speed: 20 })
		const subscribed = await client.call('cluster_subscribe', ['local-safe'])
		const id = String(subscribed.result)
		await endReached(supervisor, recording)
		const end = supervisor.api.cluster.cut({ level: 'local-safe' })
		const told = () => client.told(id) as unknown as (Cut & { kind: string; common: Cut | null })[]
		await until('the newest cut', () => told().at(-1)?.l1?.hash === end.l1?.hash)
		let last: number | undefined
		for (const news of told()) {
			if (news.kind === 'reorg') last = news.common?.l1?.number
			else {
				if (last !== undefined) expect(news.l1?.number).toBe(last + 1)
				last = news.l1?.number
			}
		}
		if (name === 'l1-reorg') expect(told().some(({ kind }) => kind === 'reorg')).toBe(true)
		expect((await client.call('cluster_unsubscribe', [id])).result).toBe(true)
	})

	it('goes on when the store cannot be read for once, and keeps no other subscriber from its news', async () => {
		const recording = await recordingOf('steady')
		const replay = await replayed(recording, { kind: 'recorded', speed: 20 })
		const { supervisor } = await supervise(recording, replay)
		const { cluster, ...api } = supervisor.api
		let faults = 0
		const damaged: ClusterReads = {
			cut: (selector) => cluster.cut(selector),
			call: (call) => cluster.call(call),
			outputs: (timestamp) => cluster.outputs(timestamp),
			news(level, told) {
				if (faults++ < 3) throw new DataCorruptionError('a row is damaged')
				return cluster.news(level, told)
			},
		}
		const logs = new LogCapture()
		const server = await startRpcServer(
			{ addr: '127.0.0.1', port: 0 },
			{ log: logs.log, version: '1', ...api, cluster: damaged },
		)
		afterTest(() => server.close())
		const port = Number(server.addr.split(':').at(-1))
		const [cuts, heads] = [await SocketClient.open(port), await SocketClient.open(port)]
		afterTest(() => cuts.socket.terminate())
		afterTest(() => heads.socket.terminate())
		const id = String((await cuts.call('cluster_subscribe', ['unsafe'])).result)
		const others = await heads.subscribe('heads')
		await endReached(supervisor, recording)
		const end = cluster.cut({ level: 'unsafe' })
		await until('the newest cut', () => cuts.told(id).at(-1)?.timestamp === end.timestamp)
		const last = recording.heads.get(901n as ChainId)?.localUnsafe?.number
		await until('the newest head', () =>
			heads.told(others).some(({ chainID, level, block }) => {
				return chainID === '901' && level === 'unsafe' && (block as { number: number }).number === last
			}),
		)
		expect(logs.records.filter(({ msg }) => msg === 'a subscriber cannot be told of cuts')).not.toEqual([])
	})

	it('of a level that there is not is refused', async () => {
		const { client } = await served('steady')
		expect(await client.call('cluster_subscribe', ['best'])).toMatchObject({ error: { code: -32602 } })
	})
})
