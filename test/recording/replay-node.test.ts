import { fileURLToPath } from 'node:url'
import pino from 'pino'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { BlockRef, L2BlockRef } from '../../src/protocol/block.js'
import { loadRecording } from '../../src/recording/load-recording.js'
import type { RecordedChain, RecordedHeads, Recording } from '../../src/recording/recording.js'
import type { ReplayPace } from '../../src/recording/replay/pace.js'
import {
	type Replay,
	type ReplayedNode,
	type ReplayOptions,
	startReplay,
} from '../../src/recording/replay/start-replay.js'
import { type NodeEvent, ReplayClient, token } from './replay-client.js'

const STEADY = fileURLToPath(new URL('../../src/recording/embedded/steady.vigil.gz', import.meta.url))
const log = pino({ level: 'silent' })

let steady: Recording
let replay: Replay | undefined
const clients: ReplayClient[] = []

beforeAll(async () => {
	steady = await loadRecording(STEADY)
})

afterEach(async () => {
	for (const client of clients.splice(0)) client.close()
	await replay?.close()
	replay = undefined
})

async function start(
	pace: ReplayPace = { kind: 'asap' },
	options: Partial<ReplayOptions> = {},
): Promise<Replay> {
	replay = await startReplay({ recording: steady, pace, ...options }, { log })
	return replay
}

function firstNode(of: Replay): { node: ReplayedNode; chain: RecordedChain; heads: RecordedHeads } {
	const node = of.nodes[0]
	const chain = steady.chains[0]
	const heads = chain && steady.heads.get(chain.chainId)
	if (!node || !chain || !heads) throw new Error('the recording has no chain')
	return { node, chain, heads }
}

async function connect(of: Replay): Promise<ReplayClient> {
	const client = await ReplayClient.connect(firstNode(of).node.url, of.jwtSecret)
	clients.push(client)
	return client
}

/** Subscribes and resets the node to genesis, as a supervisor with an empty store does. */
async function resetToGenesis(client: ReplayClient): Promise<void> {
	await client.result('interop_subscribe', 'events')
	await client.event((event) => event.reset !== undefined)
	const { hash, number } = await client.result<L2BlockRef>('interop_l2BlockRefByNumber', 0)
	const id = { hash, number }
	await client.result('interop_reset', id, id, id, id, id)
}

/** Answers each `exhaustL1` with the next canonical L1 block as long as the recording has one that is confirmed. */
async function walk(client: ReplayClient, last: number): Promise<NodeEvent[]> {
	const l1 = new Map(steady.l1.filter(({ canonical }) => canonical).map(({ block }) => [block.number, block]))
	// From the start: the first may have come with the answer to the reset.
	for (let from = 0; ; ) {
		const event = await client.event((entry) => entry.exhaustL1 !== undefined, from)
		from = client.events.indexOf(event) + 1
		const number = (event.exhaustL1?.source.number ?? 0) + 1
		if (number > last) return client.events
		await client.result('interop_provideL1', l1.get(number))
	}
}

describe('authentication', () => {
	const refused = async (of: Replay, authorization?: string) => {
		const url = firstNode(of).node.url.replace('ws:', 'http:')
		const answer = await fetch(url, {
			method: 'POST',
			headers: authorization === undefined ? {} : { authorization },
			body: '{"jsonrpc":"2.0","id":1,"method":"interop_chainID"}',
		})
		return [answer.status, (await answer.text()).trim()]
	}

	test('a request without a good token is refused with the words of op-node', async () => {
		const of = await start()
		const now = Math.floor(Date.now() / 1000)
		expect(await refused(of)).toEqual([401, 'missing token'])
		expect(await refused(of, `Bearer ${token(of.jwtSecret, now - 120)}`)).toEqual([401, 'stale token'])
		expect(await refused(of, `Bearer ${token(of.jwtSecret, now + 120)}`)).toEqual([401, 'future token'])
		expect(await refused(of, `Bearer ${token(Buffer.alloc(32))}`)).toEqual([401, 'signature is invalid'])
	})

	test('a WebSocket with a wrong key gets 401 in the handshake', async () => {
		const of = await start()
		await expect(ReplayClient.connect(firstNode(of).node.url, Buffer.alloc(32))).rejects.toThrow('401')
	})

	test('plain HTTP with a token works, but for subscriptions', async () => {
		const of = await start()
		const url = firstNode(of).node.url.replace('ws:', 'http:')
		const post = async (method: string, ...params: unknown[]) => {
			const answer = await fetch(url, {
				method: 'POST',
				headers: { authorization: `Bearer ${token(of.jwtSecret)}` },
				body: JSON.stringify({ jsonrpc: '2.0', id: 7, method, params }),
			})
			return answer.json()
		}
		expect(await post('interop_chainID')).toEqual({ jsonrpc: '2.0', id: 7, result: '901' })
		expect(await post('interop_subscribe', 'events')).toMatchObject({
			error: { code: -32601, message: 'notifications not supported' },
		})
		expect(await post('interop_pullEvent')).toMatchObject({
			error: { code: -39001, message: 'out of events' },
		})
	})
})

describe('other ways to give events', () => {
	test('a node over HTTP only refuses WebSockets, and whoever pulls gets to hear what a subscriber does', async () => {
		const of = await start({ kind: 'asap' }, { events: 'http' })
		const { url } = firstNode(of).node
		expect(url).toMatch(/^http:/)
		await expect(ReplayClient.connect(url.replace('http:', 'ws:'), of.jwtSecret)).rejects.toThrow('400')
		for (;;) {
			const answer = await fetch(url, {
				method: 'POST',
				headers: { authorization: `Bearer ${token(of.jwtSecret)}` },
				body: '{"jsonrpc":"2.0","id":1,"method":"interop_pullEvent"}',
			})
			const { result, error } = (await answer.json()) as { result?: NodeEvent; error?: { code: number } }
			if (result?.reset !== undefined) break
			expect(error?.code).toBe(-39001)
		}
	})

	test('a WebSocket node that is only pulled refuses subscriptions', async () => {
		const client = await connect(await start({ kind: 'asap' }, { events: 'pulled' }))
		expect(await client.call('interop_subscribe', 'events')).toMatchObject({
			error: { code: -32601, message: 'notifications not supported' },
		})
		expect(await client.call('interop_pullEvent')).toMatchObject({ error: { code: -39001 } })
	})
})

describe('a fresh node', () => {
	test('asks for a reset, has no block above genesis before it, and announces blocks after it', async () => {
		const of = await start()
		const client = await connect(of)
		expect(await client.call('interop_l2BlockRefByNumber', 1)).toMatchObject({
			error: {
				code: -32000,
				message: 'failed to determine L2BlockRef of height 1, could not get payload: not found',
			},
		})
		await resetToGenesis(client)
		const { unsafeBlock } = await client.event((event) => event.unsafeBlock !== undefined)
		expect(unsafeBlock).toMatchObject({ ...firstNode(of).heads.localUnsafe })
		const head = await client.result<L2BlockRef>('interop_l2BlockRefByNumber', unsafeBlock?.number)
		expect(head).toMatchObject({ ...unsafeBlock })
	})

	test('walks L1 as far as it is provided, and derives what was recorded', async () => {
		const of = await start()
		const { chain, heads } = firstNode(of)
		const client = await connect(of)
		await resetToGenesis(client)
		const events = await walk(client, heads.localSafe?.source.number ?? 0)

		const first = events.find(({ derivationUpdate }) => derivationUpdate !== undefined)
		expect(first?.derivationUpdate?.source.number).toBe(0)
		expect(first?.derivationUpdate?.derived.number).toBe(0)
		expect(first?.derivationOriginUpdate).toEqual(first?.derivationUpdate?.source)

		const links = events
			.filter((event) => event.derivationUpdate !== undefined && event.derivationOriginUpdate === undefined)
			.map((event) => event.derivationUpdate)
		const id = (block: BlockRef | undefined) => block && { hash: block.hash, number: block.number }
		expect(links.map((pair) => ({ source: id(pair?.source), derived: id(pair?.derived) }))).toEqual(
			chain.links.map(({ source, derived }) => ({ source, derived })),
		)
		// Each step moves L1 or L2, never both, and ends with exhaustL1.
		for (const event of events) {
			if (event.derivationOriginUpdate === undefined) continue
			expect(event.derivationUpdate?.source).toEqual(event.derivationOriginUpdate)
		}
		const last = events.findLast(({ exhaustL1 }) => exhaustL1 !== undefined)?.exhaustL1
		expect({ source: id(last?.source), derived: id(last?.derived) }).toEqual(heads.localSafe)
	})

	test('walks again from old L1 blocks after a second reset, with the local-safe block', async () => {
		const of = await start()
		const { heads } = firstNode(of)
		const client = await connect(of)
		await resetToGenesis(client)
		await walk(client, 60)
		const safe = client.events.findLast(({ exhaustL1 }) => exhaustL1 !== undefined)?.exhaustL1?.derived
		const ref = await client.result<L2BlockRef>('interop_l2BlockRefByNumber', safe?.number)
		const id = { hash: ref.hash, number: ref.number }
		const from = client.events.length
		await client.result('interop_reset', heads.localUnsafe, id, id, id, id)
		const restarted = await client.event(({ derivationUpdate }) => derivationUpdate !== undefined, from)
		expect(restarted.derivationUpdate?.source.number).toBe(Math.max(0, ref.l1origin.number - 50))
		expect(restarted.derivationUpdate?.derived).toEqual(safe)
		expect(restarted.derivationOriginUpdate).toEqual(restarted.derivationUpdate?.source)
	})
})

describe('provideL1', () => {
	test('of a block that does not build on the last one makes the node ask for a reset', async () => {
		const client = await connect(await start())
		await resetToGenesis(client)
		const { exhaustL1 } = await client.event((event) => event.exhaustL1 !== undefined)
		const next = steady.l1.find(({ block }) => block.number === 1)?.block
		const from = client.events.length
		await client.result('interop_provideL1', { ...next, parentHash: `0x${'11'.repeat(32)}` })
		const { reset } = await client.event((event) => event.reset !== undefined, from)
		expect(reset).toBe(
			`reset: provided next L1 block ${next?.hash}:1 does not build on last processed L1 block ${exhaustL1?.source.hash}:0`,
		)
	})

	test('of another number than the next is ignored, and the node tells again what it has', async () => {
		const client = await connect(await start())
		await resetToGenesis(client)
		await walk(client, 3)
		const from = client.events.length
		const block = (number: number) => steady.l1.find((entry) => entry.block.number === number)?.block
		await client.result('interop_provideL1', block(9))
		await client.result('interop_provideL1', block(2))
		await client.result('interop_provideL1', block(4))
		const next = await client.event((event) => event.derivationOriginUpdate !== undefined, from)
		expect(next.derivationOriginUpdate?.number).toBe(4)
		const before = client.events.slice(from, client.events.indexOf(next))
		expect(before.map(({ exhaustL1 }) => exhaustL1?.source.number)).toEqual(before.map(() => 3))
	})
})

test('exhaustL1 is repeated, unchanged, with each new L1 head', async () => {
	const of = await start({ kind: 'recorded', speed: 40 })
	const client = await connect(of)
	await resetToGenesis(client)
	const first = await client.event((event) => event.exhaustL1 !== undefined)
	const again = await client.event((event) => event.exhaustL1 !== undefined, client.events.indexOf(first) + 1)
	expect(again).toEqual(first)
})

describe('interop_reset', () => {
	const genesis = async (client: ReplayClient) => {
		const { hash, number } = await client.result<L2BlockRef>('interop_l2BlockRefByNumber', 0)
		return { hash, number }
	}

	test('refuses a block that the node does not have', async () => {
		const client = await connect(await start())
		const id = await genesis(client)
		const answer = await client.call('interop_reset', { ...id, number: 5 }, id, id, id, id)
		expect(answer.error).toEqual({ code: -39001, message: 'localUnsafe reset target not found' })
	})

	test('refuses a conflicting block and tells which one the node has', async () => {
		const client = await connect(await start())
		const id = await genesis(client)
		const answer = await client.call('interop_reset', id, id, id, id, {
			hash: `0x${'00'.repeat(32)}`,
			number: 0,
		})
		expect(answer.error).toMatchObject({ code: -39002, message: 'conflicting block', data: id })
	})
})

describe('subscription', () => {
	test('the newest one wins, without a word to the one before', async () => {
		const of = await start()
		const [older, newer] = [await connect(of), await connect(of)]
		await older.result('interop_subscribe', 'events')
		await resetToGenesis(newer)
		const seen = older.events.length
		await walk(newer, 3)
		expect(older.events.length).toBe(seen)
	})

	test('pulling ends it, and queued events are dropped by the next one', async () => {
		const client = await connect(await start())
		await resetToGenesis(client)
		await walk(client, 2)
		expect((await client.call('interop_pullEvent')).error).toMatchObject({ code: -39001 })
		expect(client.notifications.at(-1)).toEqual({ data: null, close: true })
		const next = steady.l1.find(({ block }) => block.number === 3)?.block
		const from = client.events.length
		await client.result('interop_provideL1', next)
		const pulled = await pullEvent(client)
		expect(pulled.derivationOriginUpdate?.number).toBe(3)
		await client.result('interop_subscribe', 'events')
		const first = await client.event(() => true, from)
		expect(first.derivationOriginUpdate).toBeUndefined()
	})

	async function pullEvent(client: ReplayClient): Promise<NodeEvent> {
		for (;;) {
			const { result, error } = await client.call('interop_pullEvent')
			if (error === undefined) return result as NodeEvent
		}
	}
})

test('receipts are the recorded bytes', async () => {
	const of = await start({ kind: 'asap' }, { latencyMs: 2 })
	const { chain } = firstNode(of)
	const client = await connect(of)
	for (const block of [chain.blocks[0], chain.blocks[29], chain.blocks.at(-1)]) {
		if (block === undefined) throw new Error('the recording is too short')
		const result = await client.result('interop_fetchReceipts', block.block.hash)
		expect(result).toEqual(JSON.parse(chain.receipts(block).toString()))
	}
	expect((await client.call('interop_fetchReceipts', `0x${'12'.repeat(32)}`)).error?.message).toContain(
		'not found',
	)
})

test('blocks and outputs are found by timestamp', async () => {
	const client = await connect(await start())
	await resetToGenesis(client)
	const { chain } = firstNode(replay ?? (await start()))
	const five = chain.blocks.find(({ block }) => block.number === 5)
	const at = (five?.block.timestamp ?? 0) + 1
	expect(await client.result('interop_l2BlockRefByTimestamp', at)).toEqual(five?.block)
	expect(await client.result('interop_outputV0AtTimestamp', at)).toEqual(five?.output)
	expect(await client.result('interop_pendingOutputV0AtTimestamp', at)).toEqual(five?.output)
	expect((await client.call('interop_l2BlockRefByTimestamp', at + 100_000)).error?.message).toContain(
		'not found',
	)
	expect((await client.call('interop_l2BlockRefByTimestamp', 1)).error?.message).toContain(
		'did not reach genesis',
	)
})

test('what a supervisor says is kept in order', async () => {
	const of = await start()
	const client = await connect(of)
	const genesis = firstNode(of).chain.rollup.genesis
	await client.result('interop_updateCrossUnsafe', genesis.l2)
	await client.result('interop_updateCrossSafe', genesis.l2, genesis.l1)
	await client.result('interop_updateFinalized', genesis.l2)
	expect(of.calls).toEqual([
		{ chainId: 901n, method: 'interop_updateCrossUnsafe', params: [genesis.l2] },
		{ chainId: 901n, method: 'interop_updateCrossSafe', params: [genesis.l2, genesis.l1] },
		{ chainId: 901n, method: 'interop_updateFinalized', params: [genesis.l2] },
	])
})

test('a node can disappear and come back', async () => {
	const of = await start()
	const { node } = firstNode(of)
	const client = await connect(of)
	const closed = new Promise((resolve) => client.socket.on('close', resolve))
	node.refusing = true
	await closed
	await expect(ReplayClient.connect(node.url, of.jwtSecret)).rejects.toThrow()
	node.refusing = false
	expect(await (await connect(of)).result('interop_chainID')).toBe('901')
})
