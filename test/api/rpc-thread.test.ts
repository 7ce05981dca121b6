import { once } from 'node:events'
import { createServer } from 'node:net'
import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { canSharePort } from '../../src/api/can-share-port.js'
import { type RpcServer, type RpcServerOptions, startRpcServer } from '../../src/api/rpc-server.js'
import { RpcStartError } from '../../src/api/thread/rpc-thread.js'
import { checkRpcThreads, startRpcThreads } from '../../src/commands/start-rpc-threads.js'
import { vigilVersion } from '../../src/commands/version.js'
import { OptionError } from '../../src/config/option-error.js'
import type { LogSettings } from '../../src/observability/log.js'
import { Metrics } from '../../src/observability/metrics/metrics.js'
import { chainIdFromBigint } from '../../src/protocol/chain-id.js'
import { clusterOf } from '../../src/recording/cluster-of.js'
import { Samples } from '../observability/samples.js'
import { afterTest } from '../supervisor/cleanup.js'
import { until } from '../supervisor/deadline.js'
import { sampleRecording } from '../supervisor/sample-recording.js'
import { headsReached, replayed, type Supervised, supervise } from '../supervisor/supervised.js'
import { call, post } from './rpc-client.js'

const CHAIN = chainIdFromBigint(901n)
const DERIVED = 12
const ADDRESS = { addr: '127.0.0.1', port: 0 }

interface Served extends Supervised {
	readonly thread: RpcServer
	readonly start: (
		server: Partial<RpcServerOptions>,
		threads?: number,
		log?: Partial<LogSettings>,
	) => Promise<RpcServer>
	readonly metrics: Metrics
	/** Of the RPC thread, the newest last. */
	readonly workers: readonly Worker[]
}

/** A supervised replay at its recorded heads, served from an RPC thread. */
async function served(): Promise<Served> {
	const recording = sampleRecording({ derived: DERIVED })
	const replay = await replayed(recording)
	const supervised = await supervise(recording, replay)
	await headsReached(supervised, recording)
	await until('cross-safe to reach the end', () =>
		[...supervised.supervisor.reader.syncStatus().chains.values()].every(
			({ safe }) => safe.number === DERIVED,
		),
	)
	const workers: Worker[] = []
	const onWorker = (worker: Worker) => workers.push(worker)
	process.on('worker', onWorker)
	afterTest(() => process.off('worker', onWorker))
	const metrics = new Metrics({ version: '1.2.3' })
	afterTest(async () => metrics.close())
	const { directory, logs, supervisor } = supervised
	const start = async (server: Partial<RpcServerOptions>, threads = 1, log: Partial<LogSettings> = {}) => {
		const thread = await startRpcThreads(
			{
				server: { ...ADDRESS, admin: {}, ...server },
				...{
					cluster: clusterOf(recording),
					directory,
					log: { level: 'silent', format: 'json', to: 'stderr', ...log },
				},
			},
			{ log: logs.log, supervisor, metrics },
			threads,
		)
		afterTest(() => thread.close())
		return thread
	}
	return { ...supervised, thread: await start({}), start, metrics, workers }
}

test('every method answers as the server in the main thread does', async () => {
	const { logs, supervisor, thread } = await served()
	expect(thread.addr).toBe(`127.0.0.1:${thread.port}`)
	const inMain = await startRpcServer(
		{ ...ADDRESS, admin: {} },
		{
			log: logs.log,
			version: vigilVersion(),
			...supervisor.api,
		},
	)
	afterTest(() => inMain.close())
	const derived = supervisor.reader.crossSafe(CHAIN).derived
	const { safeTimestamp } = supervisor.reader.syncStatus()
	const calls: readonly [string, unknown[]][] = [
		['supervisor_syncStatus', []],
		['supervisor_localUnsafe', ['901']],
		['supervisor_crossSafe', ['902']],
		['supervisor_crossDerivedToSource', ['901', derived]],
		['supervisor_checkAccessList', [[], 'unsafe', { timestamp: '0x1' }]],
		['supervisor_checkAccessList', [['0x00'], 'unsafe', { timestamp: '0x1' }]],
		['supervisor_dependencySetV1', []],
		['supervisor_superRootAtTimestamp', [`0x${safeTimestamp.toString(16)}`]],
		['supervisor_superRootAtTimestamp', ['0xffffffff']],
		['supervisor_superRootAtTimestamp', [{}]],
		['cluster_getHeads', [{ level: 'safe' }]],
		['cluster_getOutputs', [safeTimestamp]],
		['cluster_call', [{ method: 'eth_getBalance', params: ['0x01', 'latest'] }]],
		['cluster_postUnsafePayload', ['901', {}]],
		['admin_getFailsafeEnabled', []],
		['admin_rewind', ['901', { hash: derived.hash, number: 'x' }]],
		['admin_addL2RPC', ['nowhere', '0x00']],
		['health_status', []],
		['rpc_modules', []],
		['no_such', []],
	]
	for (const [method, params] of calls)
		expect([method, await call(thread.port, method, params)]).toEqual([
			method,
			await call(inMain.port, method, params),
		])
})

test('what main changes is read at once, and subscribers are told', async () => {
	const { thread } = await served()
	const socket = new WebSocket(`ws://127.0.0.1:${thread.port}/`)
	afterTest(async () => socket.close())
	await once(socket, 'open')
	const told: string[] = []
	socket.on('message', (data) => told.push(String(data)))
	socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'supervisor_subscribe', params: ['failsafe'] }))
	await until('the first notice', () => told.some((text) => text.includes('"enabled":false')))
	expect(await call(thread.port, 'admin_setFailsafeEnabled', [true])).toMatchObject({ result: null })
	expect(await call(thread.port, 'admin_getFailsafeEnabled', [])).toMatchObject({ result: true })
	await until('the second notice', () => told.some((text) => text.includes('"enabled":true')))
})

test('without admin its methods are not there', async () => {
	const { start } = await served()
	const { port } = await start({ admin: undefined as never })
	expect(await call(port, 'admin_setFailsafeEnabled', [true])).toMatchObject({ error: { code: -32601 } })
})

test('while the main thread is held up, what is read from the store is answered', async () => {
	const { thread } = await served()
	const done = new Int32Array(new SharedArrayBuffer(4))
	const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'supervisor_syncStatus', params: [] })
	const asker = new Worker(
		`const { workerData: { done, port, body } } = require('node:worker_threads')
		const headers = { 'content-type': 'application/json' }
		fetch('http://127.0.0.1:' + port, { method: 'POST', headers, body })
			.then((answer) => answer.json())
			.then(({ result }) => { Atomics.store(done, 0, result === undefined ? 2 : 1); Atomics.notify(done, 0) })`,
		{ eval: true, workerData: { done, port: thread.port, body } },
	)
	await once(asker, 'online')
	// From here on nothing else runs in this thread.
	Atomics.wait(done, 0, 0, 10_000)
	expect(Atomics.load(done, 0)).toBe(1)
})

test('health and readiness are those of the process', async () => {
	const { supervisor, thread } = await served()
	const get = (path: string) => fetch(`http://127.0.0.1:${thread.port}${path}`)
	await until('readiness', async () => (await get('/readyz')).ok)
	expect(await (await get('/readyz')).json()).toEqual({ status: 'ready', reasons: [] })
	expect(await (await get('/healthz')).json()).toMatchObject({ status: 'ok' })
	await supervisor.close()
	await until('that it is not ready', async () => (await get('/readyz')).status === 503)
})

test('requests are counted in the metrics of main, and connections while they are open', async () => {
	const { metrics, thread } = await served()
	const samples = async () => Samples.parse(await metrics.text())
	for (let n = 0; n < 3; n++) await call(thread.port, 'supervisor_localUnsafe', ['901'])
	await call(thread.port, 'supervisor_localUnsafe', ['7'])
	const socket = new WebSocket(`ws://127.0.0.1:${thread.port}/`)
	await once(socket, 'open')
	const method = 'supervisor_localUnsafe'
	await until('the counts', async () => {
		const now = await samples()
		return (
			now.value('vigil_rpc_requests_total', { method, code: 'ok' }) === 3 &&
			(now.value('vigil_rpc_connections') ?? 0) > 0
		)
	})
	const now = await samples()
	expect(now.value('vigil_rpc_request_duration_seconds_count', { method })).toBe(4)
	expect(now.value('op_supervisor_default_rpc_server_requests_total', { rpc: 'main', method })).toBe(4)
	expect(now.value('vigil_thread_memory_bytes', { thread: 'rpc-0', kind: 'heap_used' })).toBeGreaterThan(0)
	socket.close()
	await thread.close()
	expect((await samples()).value('vigil_rpc_connections')).toBe(0)
	expect((await samples()).value('vigil_rpc_requests_total', { method, code: 'ok' })).toBe(3)
})

test('parameters that are nested deeply are refused as all others are', async () => {
	const { thread } = await served()
	for (const depth of [1_000, 5_000, 10_000, 100_000]) {
		const params = `${'['.repeat(depth)}${']'.repeat(depth)}`
		const body = `{"jsonrpc":"2.0","id":1,"method":"supervisor_superRootAtTimestamp","params":[${params}]}`
		expect(JSON.parse((await post(thread.port, body)).body)).toMatchObject({ error: { code: -32602 } })
	}
})

test('a thread that dies before it serves is an error at the start', async () => {
	const { start } = await served()
	const starting = start({}, 1, { level: 'no such level' as never })
	await expect(starting).rejects.toThrow('the RPC thread ended before it served')
})

test('a thread that dies is started again on its port', async () => {
	const { logs, thread, workers } = await served()
	// Not terminated: that may strike within LMDB's native code, and takes the process along.
	workers.at(-1)?.postMessage({ kind: 'something else' })
	await logs.logged('its end', ({ msg }) => msg.startsWith('the RPC thread ended'))
	await until('the next one', () => workers.length === 2)
	await until('an answer', async () => {
		try {
			return (await call(thread.port, 'supervisor_localUnsafe', ['901'])).result !== undefined
		} catch {
			return false
		}
	})
})

test('a port that is taken is an error at the start that says what to do, and no thread is left', async () => {
	const { start, workers } = await served()
	const taken = createServer()
	await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
	afterTest(async () => void taken.close())
	const { port } = taken.address() as { port: number }
	const exited = () => workers.slice(1).every(({ threadId }) => threadId === -1)
	const refusal = await start({ port }).catch((error: unknown) => error)
	expect(refusal).toBeInstanceOf(RpcStartError)
	expect((refusal as Error).message).toBe(
		`the RPC server cannot listen on 127.0.0.1 port ${port}: it is in use; choose another with --rpc.port`,
	)
	expect(exited()).toBe(true)
})

const settings = (rpcThreads: number, snapshotServe = false) => ({ rpcThreads, snapshotServe })

test('several threads and snapshots do not go together', () => {
	expect(() => checkRpcThreads(settings(1, true), '24.0.0')).not.toThrow()
	expect(() => checkRpcThreads(settings(2, true), '24.0.0')).toThrow('--snapshot.serve')
})

test.each([
	['20.20.2', false],
	['22.11.0', false],
	['22.12.0', true],
	['23.0.0', false],
	['23.1.0', true],
	['24.0.0', true],
])('more than one thread on Node %s: %s', (version, isFine) => {
	expect(() => checkRpcThreads(settings(1), version)).not.toThrow()
	if (isFine) expect(() => checkRpcThreads(settings(2), version)).not.toThrow()
	else expect(() => checkRpcThreads(settings(2), version)).toThrow(OptionError)
})

// What runs on one thread is tested above, on every Node.
test.runIf(canSharePort(process.versions.node))(
	'several threads serve one port: each gets connections, main counts them all, and one that dies is replaced',
	async () => {
		const { metrics, start, workers } = await served()
		const { port, close } = await start({}, 2)
		const sockets = Array.from({ length: 32 }, () => new WebSocket(`ws://127.0.0.1:${port}/`))
		await Promise.all(sockets.map((socket) => once(socket, 'open')))
		await until('the counts', async () => (await connections(metrics)) === sockets.length)
		// The first is that of `served`, with a port of its own.
		workers[1]?.postMessage({ kind: 'something else' })
		await Promise.race(sockets.map((socket) => once(socket, 'close')))
		await until('the end to be seen', async () => (await connections(metrics)) < sockets.length)
		const left = sockets.filter(({ readyState }) => readyState === WebSocket.OPEN)
		expect(left.length).toBeGreaterThan(0)
		await until('the next one', () => workers.length === 4)
		for (let n = 0; n < 32; n++)
			expect(await call(port, 'supervisor_localUnsafe', ['901'])).toMatchObject({ result: {} })
		// Others that would share it are told that it is taken.
		await expect(start({ port }, 2)).rejects.toThrow(RpcStartError)
		await close()
		expect(await connections(metrics)).toBe(0)
	},
)

async function connections(metrics: Metrics): Promise<number> {
	return Samples.parse(await metrics.text()).value('vigil_rpc_connections') ?? Number.NaN
}
