import { expect, it } from 'vitest'
import { startRpcServer } from '../../src/api/rpc-server.js'
import { Metrics } from '../../src/observability/metrics/metrics.js'
import { MetricsListenError, startMetricsServer } from '../../src/observability/metrics-server.js'
import { readinessOf } from '../../src/observability/readiness-answer.js'
import type { ChainId } from '../../src/protocol/chain-id.js'
import { recordingOf } from '../promotion/recordings.js'
import { afterTest } from '../supervisor/cleanup.js'
import { until } from '../supervisor/deadline.js'
import { LogCapture } from '../supervisor/log-capture.js'
import { LyingNode } from '../supervisor/lying-node.js'
import { sampleRecording } from '../supervisor/sample-recording.js'
import { headsReached, replayed, supervise } from '../supervisor/supervised.js'
import { hasPromtool, leftOut, promtool } from './promtool.js'
import { Samples } from './samples.js'

const CHAIN = 901n as ChainId
const DERIVED = 30
const AHEAD = 5

/** A supervised replay at its recorded heads, one of whose nodes has refused a reset, and what it serves. */
async function measured() {
	const recording = sampleRecording({ derived: DERIVED, ahead: AHEAD, chainIds: [901] })
	const replay = await replayed(recording)
	const node = await LyingNode.before(replay.nodes[0]?.url ?? '')
	let refusals = 0
	node.lies.set('interop_reset', (answer) =>
		refusals++ === 0
			? { id: answer.id ?? 0, error: { code: -39001, message: 'unsafe reset target not found' } }
			: answer,
	)
	const metrics = new Metrics({ version: '1.2.3' })
	afterTest(async () => metrics.close())
	const nodes = [{ url: node.url, jwtSecret: replay.jwtSecret }]
	const supervised = await supervise(recording, replay, { nodes }, { metrics })
	const { supervisor } = supervised
	metrics.readFrom(supervisor)
	await headsReached(supervised, recording)
	const status = () => supervisor.reader.syncStatus().chains.get(CHAIN)
	await until('cross-safe to reach the end', () => status()?.safe.number === DERIVED)
	await until('cross-unsafe to reach the end', () => status()?.crossUnsafe.number === DERIVED + AHEAD)
	// What was promoted is told after it is stored; with the steps of the scope there are more than blocks.
	await until('the report of promotions', () => supervisor.promotions.crossSafe > DERIVED)
	return { metrics, node, recording, supervisor }
}

it('metrics show heads, nodes, and how resets go, of a real supervisor over HTTP', async () => {
	const { metrics, node, supervisor } = await measured()
	const log = new LogCapture().log
	const readiness = readinessOf(supervisor)
	const server = await startMetricsServer(
		{ addr: '127.0.0.1', port: 0 },
		{ metrics, readiness, log, version: '1.2.3' },
	)
	afterTest(() => server.close())
	const answer = await fetch(`http://${server.addr}/metrics`)
	expect(answer.headers.get('content-type')).toContain('version=0.0.4')
	const lines = [
		`vigil_head_block_number{chain="901",level="local-unsafe"} ${DERIVED + AHEAD}`,
		`vigil_head_block_number{chain="901",level="cross-safe"} ${DERIVED}`,
		`vigil_head_lag_blocks{chain="901",level="cross-safe"} ${AHEAD}`,
		'vigil_head_lag_blocks{chain="901",level="cross-unsafe"} 0',
		`vigil_node_ready{chain="901",node="${node.url}"} 1`,
		`vigil_node_state{chain="901",node="${node.url}",state="ready"} 1`,
		`vigil_node_resetting{chain="901",node="${node.url}"} 0`,
		`vigil_node_resets_total{chain="901",node="${node.url}"} ${supervisor.resets}`,
		`vigil_node_resets_refused_total{chain="901",node="${node.url}",reason="unknown block"} 1`,
		'vigil_chain_stopped{chain="901"} 0',
		'vigil_chain_disputed{chain="901"} 0',
		'vigil_l1_held 0',
		'vigil_l1_followed 1',
		'vigil_failsafe 0',
		'vigil_ready 1',
		`vigil_build_info{version="1.2.3",node_version="${process.version}"} 1`,
	]
	expect((await answer.text()).split('\n')).toEqual(expect.arrayContaining(lines))
	await expect(
		startMetricsServer(
			{ addr: '127.0.0.1', port: Number(server.addr.split(':')[1]) },
			{ metrics, readiness, log, version: '1.2.3' },
		),
	).rejects.toThrow(MetricsListenError)
})

it('metrics count what went through: blocks, tasks, promotions, events and calls', async () => {
	const { metrics, node, recording, supervisor } = await measured()
	const before = supervisor.promotions
	const samples = Samples.parse(await metrics.text())
	const chain = '901'
	expect(samples.value('vigil_indexed_blocks_total', { chain })).toBe(DERIVED + AHEAD)
	for (const environment of ['meta', 'logs-901'])
		expect(samples.value('vigil_storage_used_bytes', { environment })).toBeGreaterThan(0)
	expect(samples.value('vigil_indexed_logs_total', { chain })).toBeGreaterThan(0)
	expect(samples.value('vigil_indexed_receipts_bytes_total', { chain })).toBeGreaterThan(0)
	expect(samples.value('vigil_index_tasks_total', { chain, outcome: 'ok' })).toBeGreaterThan(0)
	for (const stage of ['fetch', 'decode', 'pack', 'write'])
		expect(samples.value('vigil_index_stage_duration_seconds_count', { stage })).toBeGreaterThan(0)
	for (const writer of ['main', 'cross-safety', 'index'])
		expect(samples.value('vigil_storage_transaction_duration_seconds_count', { writer })).toBeGreaterThan(0)
	const promotions = samples.value('vigil_promotions_total', { level: 'cross-safe' })
	expect(promotions).toBeGreaterThanOrEqual(before.crossSafe)
	expect(promotions).toBeLessThanOrEqual(supervisor.promotions.crossSafe)
	expect(promotions).toBeGreaterThan(DERIVED)
	expect(samples.value('vigil_promotion_round_duration_seconds_count')).toBeGreaterThan(0)
	expect(samples.value('vigil_seal_duration_seconds_count', { chain })).toBeGreaterThan(0)
	const links = recording.chains[0]?.links.length
	expect(
		samples.value('vigil_node_events_total', { chain, node: node.url, kind: 'derivationUpdate' }),
	).toBeGreaterThanOrEqual(links ?? Number.POSITIVE_INFINITY)
	const call = { node: node.url, method: 'interop_provideL1' }
	const calls = samples.value('vigil_node_calls_total', { ...call, outcome: 'ok' })
	expect(calls).toBeGreaterThan(0)
	expect(samples.value('vigil_node_call_duration_seconds_count', { method: call.method })).toBe(calls)
	expect(samples.value('vigil_node_call_seconds_total', call)).toBe(
		samples.value('vigil_node_call_duration_seconds_sum', { method: call.method }),
	)
	const refused = { node: node.url, method: 'interop_reset', outcome: 'NodeRpcError' }
	expect(samples.value('vigil_node_calls_total', refused)).toBe(1)
})

it('invalidations are counted, and stay in the store', async () => {
	const recording = await recordingOf('invalid-message-twice')
	const metrics = new Metrics({ version: '1.2.3' })
	afterTest(async () => metrics.close())
	const { supervisor } = await supervise(recording, await replayed(recording), {}, { metrics })
	metrics.readFrom(supervisor)
	const read = async () => Samples.parse(await metrics.text())
	await until('both replacements', async () => {
		const samples = await read()
		return samples.value('vigil_invalidated_blocks', { state: 'replaced' }) === 2
	})
	const samples = await read()
	expect(samples.value('vigil_invalidations_total')).toBe(2)
	expect(samples.value('vigil_invalidated_blocks', { state: 'pending' })).toBe(0)
	expect(samples.value('vigil_store_cuts_total')).toBeGreaterThanOrEqual(4)
})

it('every thread tells its memory, its garbage collections, and how late its timers are', async () => {
	const { metrics } = await measured()
	const read = async () => Samples.parse(await metrics.text())
	for (const thread of ['main', 'index-0', 'cross-safety']) {
		await until(`the figures of ${thread}`, async () => {
			const samples = await read()
			return (
				samples.value('vigil_thread_memory_bytes', { thread, kind: 'heap_used' }) > 0 &&
				samples.value('vigil_thread_event_loop_delay_seconds_count', { thread }) > 0 &&
				samples.value('vigil_thread_active_seconds_total', { thread }) > 0
			)
		})
	}
	// A scrape makes enough garbage for the main thread to collect some in time.
	await until('a garbage collection', async () => {
		const collected = { thread: 'main', kind: 'minor' }
		return (await read()).value('vigil_thread_gc_runs_total', collected) > 0
	})
	const samples = await read()
	const delays = samples.all('vigil_thread_event_loop_delay_seconds_bucket', { thread: 'main' })
	expect(delays.at(-1)?.value).toBe(
		samples.value('vigil_thread_event_loop_delay_seconds_count', { thread: 'main' }),
	)
})

it("requests are counted by method and code, and under op-supervisor's names", async () => {
	const { metrics, supervisor } = await measured()
	const log = new LogCapture().log
	const rpc = await startRpcServer(
		{ addr: '127.0.0.1', port: 0 },
		{ log, version: '1.2.3', ...supervisor.api, metrics },
	)
	afterTest(() => rpc.close())
	const post = (body: unknown) =>
		fetch(`http://${rpc.addr}`, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: typeof body === 'string' ? body : JSON.stringify(body),
		})
	const call = (method: string, params: unknown[]) => ({ jsonrpc: '2.0', id: 1, method, params })
	await post([call('supervisor_syncStatus', []), call('supervisor_localUnsafe', ['902'])])
	await post(call('supervisor_superRootAtTimestamp', ['0x1']))
	await post(call('eth_steal"Labels', []))
	await post('{')
	const samples = Samples.parse(await metrics.text())
	const count = (method: string, code: string) => samples.value('vigil_rpc_requests_total', { method, code })
	expect(count('supervisor_syncStatus', 'ok')).toBe(1)
	expect(count('supervisor_localUnsafe', '-320501')).toBe(1)
	expect(count('unknown', '-32601')).toBe(1)
	expect(count('malformed', '-32700')).toBe(1)
	expect(samples.all('vigil_rpc_requests_total', { method: 'supervisor_superRootAtTimestamp' })).toHaveLength(
		1,
	)
	expect(samples.value('vigil_rpc_request_duration_seconds_count', { method: 'supervisor_syncStatus' })).toBe(
		1,
	)
	expect(samples.value('vigil_rpc_connections')).toBeGreaterThan(0)

	const of = (rest: string, labels: Record<string, string>) =>
		samples.value(`op_supervisor_default_${rest}`, labels)
	const served = { rpc: 'main', method: 'supervisor_syncStatus' }
	expect(of('rpc_server_requests_total', served)).toBe(1)
	expect(of('rpc_server_responses_total', { ...served, error: '<nil>' })).toBe(1)
	expect(
		of('rpc_server_responses_total', { rpc: 'main', method: 'supervisor_localUnsafe', error: 'rpc_-320501' }),
	).toBe(1)
	expect(of('rpc_server_request_duration_seconds_bucket', { ...served, le: '10' })).toBe(1)
	expect(of('rpc_server_request_duration_seconds_count', served)).toBe(1)
	expect(of('rpc_client_requests_total', { rpc: 'syncnode', method: 'interop_provideL1' })).toBeGreaterThan(0)
	const resets = { rpc: 'syncnode', method: 'interop_reset', error: 'rpc_error' }
	expect(of('rpc_client_responses_total', resets)).toBe(1)
	const head = { layer: 'l2', type: 'cross_safe', chain: '901' }
	const safe = supervisor.reader.crossSafe(CHAIN).derived
	expect(of('refs_number', head)).toBe(safe.number)
	expect(of('refs_hash', head)).toBe(Number(Buffer.from(safe.hash.slice(2, 18), 'hex').readBigUInt64LE()))
	expect(of('up', {})).toBe(1)
})

it.skipIf(!hasPromtool)(`names, units and helps are as Prometheus wants them${leftOut}`, async () => {
	const { metrics } = await measured()
	const input = await metrics.text()
	expect(promtool(['check', 'metrics'], { input })).toEqual({ status: 0, output: '' })
})

it('everything that is served is declared, and everything declared is served', async () => {
	const { metrics } = await measured()
	const served = [...(await metrics.text()).matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [
		name,
		type,
	])
	expect(served.sort()).toEqual(metrics.declarations.map(({ name, type }) => [name, type]).sort())
})
