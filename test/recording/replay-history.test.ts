import { fileURLToPath } from 'node:url'
import pino from 'pino'
import { afterEach, describe, expect, test } from 'vitest'
import { generateRecording } from '../../src/recording/generate-recording.js'
import { importRecording } from '../../src/recording/import-recording.js'
import { loadRecording } from '../../src/recording/load-recording.js'
import type { Recording } from '../../src/recording/recording.js'
import type { ReplayPace } from '../../src/recording/replay/pace.js'
import { serveSource } from '../../src/recording/replay/serve-source.js'
import { type Replay, startReplay } from '../../src/recording/replay/start-replay.js'
import { MiniSupervisor } from './mini-supervisor.js'
import { ReplayClient } from './replay-client.js'

const log = pino({ level: 'silent' })
const file = (name: string) => fileURLToPath(new URL(`../recordings/${name}`, import.meta.url))

let replay: Replay | undefined
const clients: ReplayClient[] = []

afterEach(async () => {
	for (const client of clients.splice(0)) client.close()
	await replay?.close()
	replay = undefined
})

async function connect(url: string, secret?: Buffer): Promise<ReplayClient> {
	const client = await ReplayClient.connect(url, secret)
	clients.push(client)
	return client
}

/** Lets one mini supervisor a chain follow the replay to its recorded heads. */
async function follow(recording: Recording, pace: ReplayPace): Promise<MiniSupervisor[]> {
	const started = await startReplay({ recording, pace }, { log })
	replay = started
	return Promise.all(
		recording.chains.map(async (chain, index) => {
			const heads = recording.heads.get(chain.chainId)
			const url = started.nodes[index]?.url
			if (!url || !heads?.localSafe || !heads.localUnsafe) throw new Error('the recording has no heads')
			const node = await connect(url, started.jwtSecret)
			const supervisor = new MiniSupervisor(node, await connect(started.l1WsUrl), chain)
			await supervisor.start()
			await supervisor.runTo(heads.localSafe, heads.localUnsafe)
			expect(started.nodes[index]?.position).toEqual({ unsafe: heads.localUnsafe, ...heads.localSafe })
			return supervisor
		}),
	)
}

test('invalid-message: the invalidated blocks are replaced and the recorded branches follow', async () => {
	const recording = await importRecording(file('invalid-message'))
	const supervisors = await follow(recording, { kind: 'asap' })
	expect(supervisors.map(({ replaced }) => replaced.map(({ number }) => number))).toEqual([[27], [25]])
	const invalidations = replay?.calls.filter(({ method }) => method === 'interop_invalidateBlock')
	expect(invalidations?.length).toBe(2)
})

test('cycle: two replacements on one chain', async () => {
	const supervisors = await follow(await loadRecording(file('cycle.vigil.gz')), { kind: 'asap' })
	expect(supervisors.map(({ replaced }) => replaced.map(({ number }) => number))).toEqual([[23, 57], [23]])
})

test('a block that the node does not have cannot be invalidated', async () => {
	const recording = await loadRecording(file('cycle.vigil.gz'))
	const started = await startReplay({ recording, pace: { kind: 'asap' } }, { log })
	replay = started
	const node = await connect(started.nodes[0]?.url ?? '', started.jwtSecret)
	const seal = { ...recording.chains[0]?.replacements[0]?.invalidated, timestamp: 1 }
	expect((await node.call('interop_invalidateBlock', seal)).error?.message).toContain('not found')
})

test('l1-reorg: nodes ask for resets, and derivation ends on the winning branch', async () => {
	const recording = await loadRecording(file('l1-reorg.vigil.gz'))
	const supervisors = await follow(recording, { kind: 'recorded', speed: 60 })
	for (const { resets } of supervisors) expect(resets).toBeGreaterThan(1)
	expect(recording.l1.some(({ canonical }) => !canonical)).toBe(true)
})

test('l1-reorg as fast as possible: the winning branch is there from the start', async () => {
	const recording = await loadRecording(file('l1-reorg.vigil.gz'))
	const supervisors = await follow(recording, { kind: 'asap' })
	for (const { resets } of supervisors) expect(resets).toBe(1)
})

test('batcher-lag: many blocks of one source', async () => {
	const recording = await loadRecording(file('batcher-lag.vigil.gz'))
	for (const { links } of await follow(recording, { kind: 'asap' })) {
		const perSource = new Map<number, number>()
		for (const { source } of links) perSource.set(source.number, (perSource.get(source.number) ?? 0) + 1)
		expect(Math.max(...perSource.values())).toBeGreaterThan(5)
	}
})

describe('activation', () => {
	test('nothing is told of blocks before it but how far L1 is used up', async () => {
		const recording = await loadRecording(file('activation.vigil.gz'))
		const supervisors = await follow(recording, { kind: 'asap', announce: 'each' })
		for (const { node, links, chain } of supervisors) {
			const unsafe = node.events.flatMap(({ unsafeBlock }) => (unsafeBlock ? [unsafeBlock] : []))
			expect(unsafe[0]?.number).toBe(20)
			expect(links[0]?.derived.number).toBe(20)
			expect(links[0]?.source.number).toBe(16)
			const exhausted = node.events.flatMap(({ exhaustL1 }) => (exhaustL1 ? [exhaustL1.derived.number] : []))
			expect(exhausted[0]).toBe(0)
			expect(exhausted.some((number) => number > 0 && number < 20)).toBe(true)
			expect(chain.rollup.interop_time).toBeGreaterThan(chain.rollup.genesis.l2_time)
			expect((await node.call('interop_anchorPoint')).error?.code).toBe(-39003)
		}
	})

	test('a reset to a block before it is refused', async () => {
		const recording = await loadRecording(file('activation.vigil.gz'))
		const started = await startReplay({ recording, pace: { kind: 'asap' } }, { log })
		replay = started
		const node = await connect(started.nodes[0]?.url ?? '', started.jwtSecret)
		const id = recording.chains[0]?.rollup.genesis.l2
		expect((await node.call('interop_reset', id, id, id, id, id)).error?.code).toBe(-39001)
	})
})

test('a generated cluster is followed to its heads, and its receipts are served', async () => {
	const recording = generateRecording({
		seed: 9,
		chains: 2,
		blocks: 60,
		logsPerBlock: 8,
		executingShare: 0.2,
	})
	for (const { node, chain } of await follow(recording, { kind: 'asap' })) {
		const block = chain.blocks[40]
		if (block === undefined) throw new Error('too few blocks')
		const receipts = await node.result('interop_fetchReceipts', block.block.hash)
		expect(receipts).toEqual(JSON.parse(chain.receipts(block).toString()))
	}
})

test('a node that was running before goes on from where it stood', async () => {
	const generated = generateRecording({ seed: 4, chains: 1, blocks: 60, logsPerBlock: 2 })
	const recording = {
		...generated,
		chains: generated.chains.map((chain) => {
			const link = chain.links[20]
			if (link === undefined) throw new Error('too few links')
			const lastOfSource = chain.links.findLast(({ source }) => source.hash === link.source.hash) ?? link
			return { ...chain, start: { source: lastOfSource.source, derived: lastOfSource.derived } }
		}),
	}
	const [supervisor] = await follow(recording, { kind: 'asap' })
	expect(supervisor?.resets).toBe(0)
	const first = supervisor?.node.events.find(({ exhaustL1 }) => exhaustL1 !== undefined)
	const start = recording.chains[0]?.start
	expect(first?.exhaustL1?.source).toMatchObject({ ...start?.source })
	expect(first?.exhaustL1?.derived).toMatchObject({ ...start?.derived })
})

test.each(['each', 'newest'] as const)(
	'of the blocks of one moment a node announces %s',
	async (announce) => {
		const generated = generateRecording({ seed: 4, chains: 1, blocks: 12, logsPerBlock: 1 })
		// Six blocks at once, then one by one.
		const late = <T extends { readonly t: number }>(entry: T): T => ({
			...entry,
			t: Math.max(0, entry.t - 12_000),
		})
		const recording = {
			...generated,
			l1: generated.l1.map(late),
			chains: generated.chains.map((chain) => ({ ...chain, blocks: chain.blocks.map(late) })),
		}
		const [supervisor] = await follow(recording, { kind: 'recorded', speed: 20, announce })
		const numbers = supervisor?.node.events.flatMap(({ unsafeBlock }) => unsafeBlock?.number ?? [])
		expect(numbers?.at(-1)).toBe(12)
		expect(numbers?.includes(3)).toBe(announce === 'each')
	},
)

test.each(['memory', 'file'] as const)(
	'a generated cluster is served with its receipts from %s',
	async (receipts) => {
		const generate = { seed: 6, chains: 2, blocks: 12, logsPerBlock: 5 }
		const started = await serveSource({ source: { generate, receipts }, pace: { kind: 'asap' } }, { log })
		replay = started
		const chain = generateRecording(generate).chains[1]
		const block = chain?.blocks[7]
		if (chain === undefined || block === undefined) throw new Error('too few blocks')
		const node = await connect(started.nodes[1]?.url ?? '', started.jwtSecret)
		const result = await node.result('interop_fetchReceipts', block.block.hash)
		expect(result).toEqual(JSON.parse(chain.receipts(block).toString()))
	},
)

test('a file is served', async () => {
	const source = { file: file('batcher-lag.vigil.gz') }
	const started = await serveSource({ source, pace: { kind: 'asap' } }, { log })
	replay = started
	const client = await connect(started.l1WsUrl)
	expect(await client.result('eth_blockNumber')).toBe('0x52')
})
