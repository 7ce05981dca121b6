import { existsSync } from 'node:fs'
import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadRecording } from '../../../src/recording/load-recording.js'
import { PoliteRpc } from '../../../src/recording/record/polite-rpc.js'
import { journalPath, recordCluster } from '../../../src/recording/record/record-cluster.js'
import {
	BlockNotThereError,
	OutputExistsError,
	PartialRecordingError,
	RecordSpanError,
	RecordStoppedError,
	RpcAnswerError,
} from '../../../src/recording/record/record-errors.js'
import { temporaryDirectory } from '../../supervisor/cleanup.js'
import { headsReached, replayed, supervise } from '../../supervisor/supervised.js'
import { header, L2_BLOCK_TIME, LiveL1, LiveL2 } from './live-chains.js'
import { type FrontRequest, type RpcFront, rpcFront } from './rpc-front.js'

const quiet = { fetched: () => undefined }

async function liveCluster(chainIds: readonly number[], l2Blocks = 20) {
	const l1 = await LiveL1.start()
	await l1.grow(l2Blocks)
	const l2 = await Promise.all(
		chainIds.map(async (chainId) => {
			const chain = await LiveL2.start(l1, chainId)
			await chain.grow(l2Blocks)
			return { chain, front: await rpcFront(chain.anvil.httpUrl) }
		}),
	)
	return { l1, l1Front: await rpcFront(l1.anvil.httpUrl), l2 }
}

type Cluster = Awaited<ReturnType<typeof liveCluster>>

function settings(
	cluster: Cluster,
	span: { readonly from: number; readonly to: number },
	{ output = join(temporaryDirectory(), 'live.vigil.gz'), signal = new AbortController().signal } = {},
) {
	const rpc = (name: string, { url }: RpcFront) =>
		new PoliteRpc({ name, url, parallel: 3, signal, wait: async () => undefined })
	return {
		l1: rpc('L1', cluster.l1Front),
		l2: cluster.l2.map(({ front }) => rpc('L2', front)),
		span,
		output,
	}
}

const numberOf = ({ params }: FrontRequest) => Number(params[0])
const receiptsOf = (front: RpcFront) =>
	front.requests.filter(({ method }) => method === 'eth_getBlockReceipts').map(numberOf)

test('a recording of running chains holds what they have, and a supervisor reaches its heads', async () => {
	const cluster = await liveCluster([901, 902])
	const options = settings(cluster, { from: 3, to: 18 })
	const { messagesFromOutside } = await recordCluster(options, quiet)
	expect(messagesFromOutside).toBe(0)
	expect(existsSync(journalPath(options.output))).toBe(false)

	const recording = await loadRecording(options.output)
	expect(recording.chains.map(({ blocks }) => blocks.length)).toEqual([16, 16])
	for (const [at, chain] of recording.chains.entries()) {
		const anvil = cluster.l2[at]?.chain.anvil
		for (const entry of chain.blocks) {
			const live = await anvil?.rpc('eth_getBlockReceipts', `0x${entry.block.number.toString(16)}`)
			expect(JSON.parse(chain.receipts(entry).toString())).toEqual(live)
			const origin = recording.l1.find(({ block }) => block.hash === entry.block.l1origin.hash)
			expect(origin?.block.timestamp).toBeLessThanOrEqual(entry.block.timestamp)
		}
		for (const { source, derived } of chain.links) {
			const l1 = recording.l1.find(({ block }) => block.hash === source.hash)
			const l2 = chain.blocks.find(({ block }) => block.hash === derived.hash)
			expect(l1?.block.timestamp).toBeGreaterThanOrEqual(l2?.block.timestamp ?? Number.POSITIVE_INFINITY)
		}
		expect(chain.rollup.block_time).toBe(L2_BLOCK_TIME)
	}
	for (const front of [cluster.l1Front, ...cluster.l2.map((l2) => l2.front)])
		expect(front.mostInFlight).toBeLessThanOrEqual(3)

	const supervised = await supervise(recording, await replayed(recording))
	await headsReached(supervised, recording)
	for (const { chainId } of recording.chains) {
		expect(supervised.supervisor.reader.localUnsafe(chainId).number).toBe(18)
		expect(supervised.supervisor.reader.localSafe(chainId).derived.number).toBe(18)
	}
})

test('a stopped recording goes on where it stopped, and is the same in the end', async () => {
	const cluster = await liveCluster([901])
	const whole = settings(cluster, { from: 1, to: 16 })
	await recordCluster(whole, quiet)

	const front = cluster.l2[0]?.front
	if (front === undefined) throw new Error('no chain')
	const stop = new AbortController()
	const output = join(temporaryDirectory(), 'live.vigil.gz')
	front.before = (request) => {
		if (numberOf(request) === 9) stop.abort()
		return undefined
	}
	await expect(
		recordCluster(settings(cluster, { from: 1, to: 16 }, { output, signal: stop.signal }), quiet),
	).rejects.toThrow(RecordStoppedError)
	expect(existsSync(output)).toBe(false)
	// As a process leaves it that was killed while it wrote.
	await appendFile(journalPath(output), '{"chain":"901","receiptsBytes":5}\n[{"a"')

	front.before = undefined
	const asked = receiptsOf(front).length
	await recordCluster(settings(cluster, { from: 1, to: 16 }, { output }), quiet)
	const again = receiptsOf(front).slice(asked)
	expect(Math.min(...again)).toBeGreaterThan(4)
	expect(await readFile(output)).toEqual(await readFile(whole.output))
})

test('blocks that are reorged while they are recorded are replaced in the recording', async () => {
	const cluster = await liveCluster([901], 16)
	const [l2] = cluster.l2
	if (l2 === undefined) throw new Error('no chain')
	let reorged: Promise<void> | undefined
	l2.front.before = async (request) => {
		if (numberOf(request) < 14) return undefined
		// Blocks up to 13 are fetched or under way; those from 9 on are replaced under their feet.
		reorged ??= l2.chain.reorg(8)
		await reorged
		return undefined
	}
	const options = settings(cluster, { from: 2, to: 16 })
	await recordCluster(options, quiet)
	const recording = await loadRecording(options.output)
	const blocks = recording.chains[0]?.blocks ?? []
	expect(blocks).toHaveLength(15)
	for (const { block } of blocks) {
		const live = await header(l2.chain.anvil, `0x${block.number.toString(16)}`)
		expect(block.hash).toBe(live.hash)
	}
})

test('the newest block that changes after all is fetched is replaced as well', async () => {
	const cluster = await liveCluster([901], 10)
	const [l2] = cluster.l2
	if (l2 === undefined) throw new Error('no chain')
	let reorged: Promise<void> | undefined
	cluster.l1Front.before = async ({ method }) => {
		// L1 is asked for its blocks when all of L2 is there.
		if (method === 'eth_chainId') return undefined
		reorged ??= l2.chain.reorg(2)
		await reorged
		return undefined
	}
	const options = settings(cluster, { from: 2, to: 10 })
	await recordCluster(options, quiet)
	const { chains } = await loadRecording(options.output)
	const live = await header(l2.chain.anvil, '0xa')
	expect(chains[0]?.blocks.at(-1)?.block.hash).toBe(live.hash)
})

test('rate limits slow the recording down and do not end it', async () => {
	const cluster = await liveCluster([901], 12)
	const front = cluster.l2[0]?.front
	if (front === undefined) throw new Error('no chain')
	let count = 0
	front.before = () => {
		count++
		if (count % 5 === 0) return { status: 429, headers: { 'retry-after': '1' }, body: 'slow down' }
		if (count % 7 === 0) return { body: { error: { code: -32005, message: 'limit exceeded' } } }
		if (count % 11 === 0) return { status: 502, body: '<html>bad gateway</html>' }
		return undefined
	}
	const options = settings(cluster, { from: 1, to: 12 })
	await recordCluster(options, quiet)
	expect((await loadRecording(options.output)).chains[0]?.blocks).toHaveLength(12)
})

test('what cannot be the block is refused by name, and no recording appears', async () => {
	const cluster = await liveCluster([901], 6)
	const [l2] = cluster.l2
	if (l2 === undefined) throw new Error('no chain')
	const options = settings(cluster, { from: 1, to: 6 })
	const lie = async (change: (receipts: { logs: unknown[] }[]) => unknown) => {
		l2.front.before = async ({ method, params }) => {
			if (method !== 'eth_getBlockReceipts' || params[0] !== '0x4') return undefined
			const receipts = (await l2.chain.anvil.rpc(method, ...params)) as { logs: unknown[] }[]
			return { body: { result: change(receipts) } }
		}
		await expect(recordCluster(options, quiet)).rejects.toThrow(RpcAnswerError)
		expect(existsSync(options.output)).toBe(false)
	}
	await lie((receipts) => receipts.slice(1))
	await lie((receipts) => receipts.slice(0, -1))
	await lie((receipts) => receipts.map((receipt, at) => (at === 1 ? { ...receipt, logs: [] } : receipt)))
	l2.front.before = undefined
	await recordCluster(options, quiet)
})

test('spans that cannot be recorded, and files of other recordings, are refused', async () => {
	const cluster = await liveCluster([901], 4)
	const output = join(temporaryDirectory(), 'live.vigil.gz')
	const record = (from: number, to: number) =>
		recordCluster(settings(cluster, { from, to }, { output }), quiet)
	await expect(record(0, 3)).rejects.toThrow(RecordSpanError)
	await expect(record(3, 3)).rejects.toThrow(RecordSpanError)
	await expect(record(2, 9)).rejects.toThrow(BlockNotThereError)
	await expect(record(2, 4)).rejects.toThrow(PartialRecordingError)
	await cluster.l1.grow(5)
	await cluster.l2[0]?.chain.grow(5)
	await record(2, 9)
	await expect(record(2, 9)).rejects.toThrow(OutputExistsError)
	const other = join(temporaryDirectory(), 'other.vigil.gz')
	await writeFile(journalPath(other), 'something else\n')
	await expect(
		recordCluster(settings(cluster, { from: 2, to: 4 }, { output: other }), quiet),
	).rejects.toThrow(PartialRecordingError)
})

test('messages from outside of the recording leave its cross heads open', async () => {
	const cluster = await liveCluster([901, 902], 4)
	const [first, second] = cluster.l2
	if (first === undefined || second === undefined) throw new Error('no chains')
	await cluster.l1.grow(6)
	const { timestamp } = await header(first.chain.anvil, '0x4')
	// One of a recorded block, one of the first one, whose logs are not indexed, and one of a chain that is not there.
	await second.chain.executeInNext(901, Number(timestamp))
	await second.chain.executeInNext(901, Number(timestamp) - 2 * L2_BLOCK_TIME)
	await second.chain.executeInNext(903, Number(timestamp))
	await Promise.all([first.chain.grow(2), second.chain.grow(2)])
	const options = settings(cluster, { from: 2, to: 6 })
	const { messagesFromOutside } = await recordCluster(options, quiet)
	expect(messagesFromOutside).toBe(2)
	const { heads } = await loadRecording(options.output)
	expect([...heads.values()].map((of) => Object.keys(of).sort())).toEqual([
		['localSafe', 'localUnsafe'],
		['localSafe', 'localUnsafe'],
	])
})
