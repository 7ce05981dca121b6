import { expect, it } from 'vitest'
import { startRpcServer } from '../../src/api/rpc-server.js'
import { Metrics } from '../../src/observability/metrics/metrics.js'
import { startMetricsServer } from '../../src/observability/metrics-server.js'
import { readinessOf } from '../../src/observability/readiness-answer.js'
import { clusterOf } from '../../src/recording/cluster-of.js'
import { startReadOnlyApi } from '../../src/supervisor/read-only-api.js'
import { afterTest } from '../supervisor/cleanup.js'
import { until } from '../supervisor/deadline.js'
import { LogCapture } from '../supervisor/log-capture.js'
import { sampleRecording } from '../supervisor/sample-recording.js'
import { replayed, supervise } from '../supervisor/supervised.js'

const ANYWHERE = { addr: '127.0.0.1', port: 0 }

async function readyz(addr: string) {
	const answer = await fetch(`http://${addr}/readyz`)
	const body = (await answer.json()) as { status: string; reasons: { code: string; chain?: string }[] }
	return { status: answer.status, said: body.status, reasons: body.reasons.map(({ code }) => code) }
}

it('a supervisor is ready when it has come to the end, on every port, and not any more when its node is gone', async () => {
	const recording = sampleRecording({ derived: 20, chainIds: [901] })
	const replay = await replayed(recording, { kind: 'steps' })
	const { supervisor, directory } = await supervise(recording, replay)
	const log = new LogCapture().log
	const metrics = new Metrics({ version: '1.2.3' })
	afterTest(() => metrics.close())
	const readiness = readinessOf(supervisor)
	const rpc = await startRpcServer(ANYWHERE, { log, version: '1.2.3', ...supervisor.api, readiness })
	afterTest(() => rpc.close())
	const scraped = await startMetricsServer(ANYWHERE, { log, metrics, readiness, version: '1.2.3' })
	afterTest(() => scraped.close())
	const reader = await startReadOnlyApi(
		{ ...ANYWHERE, cluster: clusterOf(recording), directory },
		{ log, version: '1.2.3' },
	)
	afterTest(() => reader.close())
	const all = [rpc.addr, scraped.addr, reader.addr]
	const ready = { status: 200, said: 'ready', reasons: [] }

	for (const addr of all) {
		expect((await fetch(`http://${addr}/healthz`)).status).toBe(200)
		expect(await readyz(addr)).toMatchObject({ status: 503, said: 'not ready' })
	}
	replay.advance(Number.POSITIVE_INFINITY)
	for (const addr of all)
		await until(`${addr} to be ready`, async () => (await readyz(addr)).status === ready.status)
	expect(await Promise.all(all.map(readyz))).toEqual([ready, ready, ready])

	for (const node of replay.nodes) {
		node.refusing = true
		node.dropConnections()
	}
	await until('the loss to be told', async () => (await readyz(rpc.addr)).status === 503)
	expect(await readyz(rpc.addr)).toEqual({ status: 503, said: 'not ready', reasons: ['no-node'] })
	expect(await readyz(reader.addr)).toEqual(ready)
})
