import { describe, expect, test } from 'vitest'
import { type RpcServer, startRpcServer } from '../../src/api/rpc-server.js'
import type { BlockId } from '../../src/protocol/block.js'
import type { Recording } from '../../src/recording/recording.js'
import { endReached } from '../promotion/recorded-end.js'
import { recordingOf } from '../promotion/recordings.js'
import { afterTest } from '../supervisor/cleanup.js'
import { until } from '../supervisor/deadline.js'
import { replayed, type Supervised, supervise } from '../supervisor/supervised.js'
import { call } from './rpc-client.js'

async function serve({ supervisor, logs }: Supervised): Promise<RpcServer> {
	const server = await startRpcServer(
		{ addr: '127.0.0.1', port: 0, admin: {} },
		{ log: logs.log, version: '1.2.3', ...supervisor.api },
	)
	afterTest(() => server.close())
	return server
}

async function headOf({ port }: RpcServer, level: string, chainId = '901'): Promise<BlockId> {
	const { result } = await call(port, `supervisor_${level}`, [chainId])
	return (level === 'localUnsafe' ? result : (result as { derived: BlockId }).derived) as BlockId
}

const blockAt = (recording: Recording, number: number): BlockId => {
	const found = recording.chains[0]?.blocks.find(
		({ block, canonical }) => canonical && block.number === number,
	)
	if (found === undefined) throw new Error(`the recording has no block ${number}`)
	return { hash: found.block.hash, number }
}

describe('nodes', () => {
	test('one that is added is supervised at once, one that is there already is refused', async () => {
		const recording = await recordingOf('steady')
		const replay = await replayed(recording)
		const [first, second] = replay.nodes
		const secret = `0x${Buffer.from(replay.jwtSecret).toString('hex')}`
		const supervised = await supervise(recording, replay, {
			nodes: [{ url: first?.url ?? '', jwtSecret: replay.jwtSecret }],
		})
		const server = await serve(supervised)
		expect(await call(server.port, 'admin_addL2RPC', [second?.url, secret])).toMatchObject({ result: null })
		await endReached(supervised.supervisor, recording)
		expect(await call(server.port, 'admin_addL2RPC', [second?.url, secret])).toMatchObject({
			error: { code: -32602 },
		})
		expect(await call(server.port, 'admin_addL2RPC', ['ftp://x', secret])).toMatchObject({
			error: { code: -32602 },
		})
		expect(JSON.stringify(supervised.logs.records)).not.toContain(secret.slice(2))
	})

	test('after stop they are left alone and reads go on; after start all goes on', async () => {
		const recording = await recordingOf('steady')
		const replay = await replayed(recording)
		const supervised = await supervise(recording, replay)
		const server = await serve(supervised)
		for (let twice = 0; twice < 2; twice++)
			expect(await call(server.port, 'admin_stop', [])).toMatchObject({ result: null })
		const calls = replay.calls.length
		const before = await call(server.port, 'supervisor_dependencySetV1', [])
		expect(before).toMatchObject({ result: { dependencies: { 901: {}, 902: {} } } })
		expect(replay.calls.length).toBe(calls)
		expect(await call(server.port, 'admin_start', [])).toMatchObject({ result: null })
		await endReached(supervised.supervisor, recording)
	})
})

describe('rewind', () => {
	test('within the unsafe part: the chain and its node are cut to the block', async () => {
		const { recording, replay, supervised, server } = await atEnd()
		const head = await headOf(server, 'localUnsafe')
		const to = blockAt(recording, head.number - 2)
		const since = replay.calls.length
		expect(await call(server.port, 'admin_rewind', ['901', to])).toMatchObject({ result: null })
		expect(await headOf(server, 'localUnsafe')).toEqual(to)
		await until('the reset of the node', () =>
			replay.calls
				.slice(since)
				.some(({ method, params }) => method === 'interop_reset' && (params[0] as BlockId).hash === to.hash),
		)
		expect(supervised.supervisor.stoppedChains.size).toBe(0)
	})

	test('below cross-safe: all chains are cut, and what is derived from L1 comes back', async () => {
		const { recording, supervised, server } = await atEnd()
		const safe = await headOf(server, 'crossSafe')
		const to = blockAt(recording, safe.number - 2)
		const generation = supervised.supervisor.reader.state().generation
		expect(await call(server.port, 'admin_rewind', ['901', to])).toMatchObject({ result: null })
		expect(supervised.supervisor.reader.state().generation).toBeGreaterThan(generation)
		for (const { chainId } of recording.chains) {
			const expected = recording.heads.get(chainId)?.crossSafe?.derived
			await until(`cross-safe of ${chainId}`, () => {
				const { derived } = supervised.supervisor.reader.crossSafe(chainId)
				return derived.hash === expected?.hash
			})
		}
		expect(supervised.supervisor.stoppedChains.size).toBe(0)
	})

	test('never below what is final, nor to a block that the chain does not have', async () => {
		const { recording, server } = await atEnd()
		const { result } = await call(server.port, 'supervisor_finalized', ['901'])
		const finalized = result as BlockId
		const rewind = async (chainId: string, to: BlockId) =>
			(await call(server.port, 'admin_rewind', [chainId, to])).error
		expect(await rewind('901', blockAt(recording, finalized.number - 1))).toMatchObject({
			code: -32602,
			message: expect.stringContaining('rewind failed'),
		})
		expect(await rewind('901', { ...finalized, number: finalized.number + 1 })).toMatchObject({
			code: -320600,
		})
		expect(await rewind('901', { ...finalized, number: 5_000 })).toMatchObject({
			code: -321401,
			message: expect.stringContaining('future data'),
		})
		expect(await rewind('903', finalized)).toMatchObject({ code: -320501 })
		expect(await call(server.port, 'supervisor_finalized', ['901'])).toMatchObject({ result: finalized })
	})
})

async function atEnd() {
	const recording = await recordingOf('steady')
	const replay = await replayed(recording)
	const supervised = await supervise(recording, replay)
	await endReached(supervised.supervisor, recording)
	const server = await serve(supervised)
	return { recording, replay, supervised, server }
}
