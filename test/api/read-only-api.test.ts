import { expect, test } from 'vitest'
import { startRpcServer } from '../../src/api/rpc-server.js'
import { clusterOf } from '../../src/recording/cluster-of.js'
import { FingerprintMismatchError } from '../../src/storage/index.js'
import { startReadOnlyApi } from '../../src/supervisor/read-only-api.js'
import { endReached } from '../promotion/recorded-end.js'
import { recordingOf } from '../promotion/recordings.js'
import { afterTest, temporaryDirectory } from '../supervisor/cleanup.js'
import { until } from '../supervisor/deadline.js'
import { LogCapture } from '../supervisor/log-capture.js'
import { replayed, supervise } from '../supervisor/supervised.js'
import { call } from './rpc-client.js'
import { SocketClient } from './socket-client.js'

const VERSION = { version: '1.2.3' }
const LISTEN = { addr: '127.0.0.1', port: 0 }

test('answers as the supervising process does: reads, super roots, failsafe, subscriptions', async () => {
	const recording = await recordingOf('invalid-message')
	const replay = await replayed(recording)
	const { supervisor, directory, logs } = await supervise(recording, replay)
	const main = await startRpcServer(
		{ ...LISTEN, admin: {} },
		{ log: logs.log, ...VERSION, ...supervisor.api },
	)
	afterTest(() => main.close())
	const nodes = replay.nodes.map(({ url }) => ({ url, jwtSecret: replay.jwtSecret }))
	const cluster = clusterOf(recording)
	const reader = await startReadOnlyApi(
		{ ...LISTEN, admin: {}, cluster, directory, nodes },
		{ log: logs.log, ...VERSION },
	)
	afterTest(() => reader.close())
	const client = await SocketClient.open(reader.port)
	const told = await client.subscribe('failsafe')
	await endReached(supervisor, recording)
	const status = await call(main.port, 'supervisor_syncStatus', [])
	const { safeTimestamp } = status.result as { safeTimestamp: number }
	const time = `0x${safeTimestamp.toString(16)}`
	for (const [method, params] of [
		['supervisor_syncStatus', []],
		['supervisor_localUnsafe', ['901']],
		['supervisor_crossUnsafe', ['901']],
		['supervisor_localSafe', ['902']],
		['supervisor_crossSafe', ['902']],
		['supervisor_finalized', ['901']],
		['supervisor_finalizedL1', []],
		['supervisor_dependencySetV1', []],
		['supervisor_superRootAtTimestamp', [time]],
		['superroot_atTimestamp', [time]],
		['supervisor_localUnsafe', ['7']],
		['rpc_modules', []],
	] as const) {
		const expected = await call(main.port, method, params)
		expect([method, await call(reader.port, method, params)]).toEqual([method, expected])
	}
	expect(await call(reader.port, 'admin_setFailsafeEnabled', [true])).toMatchObject({
		error: { code: -32601 },
	})
	await call(main.port, 'admin_setFailsafeEnabled', [true])
	expect(await call(reader.port, 'admin_getFailsafeEnabled', [])).toMatchObject({ result: true })
	await until('failsafe', () => client.told(told).at(-1)?.enabled === true)
	// It has not taken the nodes' events from the one that supervises.
	expect(logs.find(({ reason }) => String(reason).includes('ended the event subscription'))).toBe(undefined)
})

test('refuses a directory without a store, and one of another cluster', async () => {
	const log = new LogCapture().log
	const recording = await recordingOf('steady')
	const cluster = clusterOf(recording)
	const empty = startReadOnlyApi({ ...LISTEN, cluster, directory: temporaryDirectory() }, { log, ...VERSION })
	await expect(empty).rejects.toThrow('holds no Vigil store')
	const replay = await replayed(recording)
	const { directory, supervisor } = await supervise(recording, replay)
	await endReached(supervisor, recording)
	const rollups = new Map([...cluster.rollups].map(([id, rollup]) => [id, { ...rollup, blockTime: 3 }]))
	const other = startReadOnlyApi(
		{ ...LISTEN, cluster: { ...cluster, rollups }, directory },
		{ log, ...VERSION },
	)
	await expect(other).rejects.toThrow(FingerprintMismatchError)
})
