import { fileURLToPath } from 'node:url'
import pino from 'pino'
import { createPublicClient, type Hex, http, keccak256, toRlp, webSocket } from 'viem'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { generateRecording } from '../../src/recording/generate-recording.js'
import { EMPTY_HEADER } from '../../src/recording/l1-header.js'
import { loadRecording } from '../../src/recording/load-recording.js'
import type { Recording } from '../../src/recording/recording.js'
import type { ReplayPace } from '../../src/recording/replay/pace.js'
import { type Replay, startReplay } from '../../src/recording/replay/start-replay.js'
import { ReplayClient } from './replay-client.js'

const log = pino({ level: 'silent' })
let steady: Recording
let replay: Replay | undefined

beforeAll(async () => {
	steady = await loadRecording(
		fileURLToPath(new URL('../../src/recording/embedded/steady.vigil.gz', import.meta.url)),
	)
})

afterEach(async () => {
	await replay?.close()
	replay = undefined
})

async function start(
	pace: ReplayPace = { kind: 'asap' },
	latencyMs = 0,
	recording = steady,
): Promise<Replay> {
	replay = await startReplay({ recording, pace, latencyMs }, { log })
	return replay
}

test('viem reads blocks by label, number and hash, over HTTP and WebSocket', async () => {
	const { l1Url, l1WsUrl } = await start()
	for (const transport of [http(l1Url), webSocket(l1WsUrl, { reconnect: false, keepAlive: false })]) {
		const client = createPublicClient({ transport })
		expect(await client.getChainId()).toBe(900)
		expect(await client.getBlockNumber({ cacheTime: 0 })).toBe(78n)
		const latest = await client.getBlock({ blockTag: 'latest' })
		const tip = steady.l1.at(-1)?.block
		expect(latest).toMatchObject({
			hash: tip?.hash,
			number: 78n,
			parentHash: tip?.parentHash,
			timestamp: BigInt(tip?.timestamp ?? 0),
		})
		expect((await client.getBlock({ blockTag: 'finalized' })).number).toBe(72n)
		expect((await client.getBlock({ blockNumber: 5n })).hash).toBe(steady.l1[5]?.block.hash)
		expect((await client.getBlock({ blockHash: latest.parentHash })).number).toBe(77n)
		await expect(client.getBlock({ blockNumber: 79n })).rejects.toThrow(/not be found/)
	}
})

/** In the order of their RLP; from `baseFeePerGas` on each came with a fork. */
const HEADER_MEMBERS = [
	...['parentHash', 'sha3Uncles', 'miner', 'stateRoot', 'transactionsRoot', 'receiptsRoot', 'logsBloom'],
	...['difficulty', 'number', 'gasLimit', 'gasUsed', 'timestamp', 'extraData', 'mixHash', 'nonce'],
	...['baseFeePerGas', 'withdrawalsRoot', 'blobGasUsed', 'excessBlobGas', 'parentBeaconBlockRoot'],
	'requestsHash',
]
const QUANTITIES = new Set([
	...[
		'difficulty',
		'number',
		'gasLimit',
		'gasUsed',
		'timestamp',
		'baseFeePerGas',
		'blobGasUsed',
		'excessBlobGas',
	],
])

test.each([
	['recorded', () => steady],
	['generated', () => generateRecording({ seed: 300, chains: 1, blocks: 100 })],
])('%s headers have the hash that they name, because clients of the stack compute it', async (_, make) => {
	const recording = make()
	const { l1Url } = await start({ kind: 'asap' }, 0, recording)
	for (const { block } of recording.l1) {
		const header = (await rawBlock(l1Url, block.number)) as Record<string, string>
		const members = HEADER_MEMBERS.flatMap((name) => {
			const value = header[name]
			if (value === undefined) return []
			if (!QUANTITIES.has(name)) return [value as Hex]
			const digits = value === '0x0' ? '' : value.slice(2)
			return [`0x${digits.length % 2 === 1 ? '0' : ''}${digits}` as Hex]
		})
		expect(keccak256(toRlp(members)), `L1 #${block.number}`).toBe(block.hash)
	}
})

test('of a block without a recorded header the rest is that of an empty block', async () => {
	const [first] = steady.l1
	if (first === undefined) throw new Error('the recording has no L1')
	const { header: _, ...bare } = first
	replay = await startReplay({ recording: { ...steady, l1: [bare] }, pace: { kind: 'asap' } }, { log })
	const { hash, parentHash } = first.block
	expect(await rawBlock(replay.l1Url, 0)).toMatchObject({ ...EMPTY_HEADER, hash, parentHash })
})

async function rawBlock(url: string, number: number): Promise<object> {
	const params = [`0x${number.toString(16)}`, false]
	const answer = await fetch(url, {
		method: 'POST',
		body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_getBlockByNumber', params }),
	})
	return ((await answer.json()) as { result: object }).result
}

test('L1 and each node can have a latency of their own', async () => {
	const recording = generateRecording({ seed: 1, chains: 2, blocks: 2 })
	const latenciesMs = { l1: 40, nodes: [0, 80] }
	replay = await startReplay({ recording, pace: { kind: 'asap' }, latencyMs: 5, latenciesMs }, { log })
	const { l1Url, nodes, jwtSecret } = replay
	const timed = async (action: () => Promise<unknown>): Promise<number> => {
		const from = performance.now()
		await action()
		return performance.now() - from
	}
	expect(await timed(() => rawBlock(l1Url, 0))).toBeGreaterThan(38)
	const slow = await ReplayClient.connect(nodes[1]?.url ?? '', jwtSecret)
	expect(await timed(() => slow.call('interop_chainID'))).toBeGreaterThan(78)
	slow.close()
})

test('answers batches in order, errors among them', async () => {
	const { l1Url } = await start({ kind: 'asap' }, 1)
	const call = (id: number, method: string, ...params: unknown[]) => ({ jsonrpc: '2.0', id, method, params })
	const answer = await fetch(l1Url, {
		method: 'POST',
		body: JSON.stringify([
			call(1, 'eth_blockNumber'),
			call(2, 'eth_nope'),
			call(3, 'eth_getBlockByNumber', '0x7', false),
			call(4, 'eth_getBlockByNumber', '0x999', false),
		]),
	})
	expect(await answer.json()).toMatchObject([
		{ id: 1, result: '0x4e' },
		{ id: 2, error: { code: -32601 } },
		{ id: 3, result: { number: '0x7', hash: steady.l1[7]?.block.hash } },
		{ id: 4, result: null },
	])
})

test('what is no JSON-RPC is answered as such', async () => {
	const { l1Url } = await start()
	const post = async (body: string) => (await fetch(l1Url, { method: 'POST', body })).json()
	expect(await post('{')).toMatchObject({ error: { code: -32700 } })
	expect(await post('{"id":1}')).toMatchObject({ error: { code: -32600 } })
})

test('tip and finalized label advance with the recording, and new heads are announced', async () => {
	const started = await start({ kind: 'recorded', speed: 150 })
	const client = await ReplayClient.connect(started.l1WsUrl)
	try {
		const seen: number[] = []
		const first = Number(await client.result<string>('eth_blockNumber'))
		expect(first).toBeLessThan(40)
		await client.result('eth_subscribe', 'newHeads')
		await started.done
		const last = await client.result<string>('eth_blockNumber')
		expect(Number(last)).toBe(78)
		for (const head of client.notifications as { number: string }[]) seen.push(Number(head.number))
		expect(seen.at(-1)).toBe(78)
		expect(seen).toEqual([...seen].sort((a, b) => a - b))
		const final = await client.result<{ number: string }>('eth_getBlockByNumber', 'finalized', false)
		expect(Number(final.number)).toBe(72)
	} finally {
		client.close()
	}
})
