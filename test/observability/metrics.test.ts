import { expect, it } from 'vitest'
import { clusterMetrics } from '../../src/observability/cluster-metrics.js'
import { MetricsListenError, startMetricsServer } from '../../src/observability/metrics-server.js'
import type { ChainId } from '../../src/protocol/chain-id.js'
import { afterTest } from '../supervisor/cleanup.js'
import { until } from '../supervisor/deadline.js'
import { LogCapture } from '../supervisor/log-capture.js'
import { LyingNode } from '../supervisor/lying-node.js'
import { sampleRecording } from '../supervisor/sample-recording.js'
import { headsReached, replayed, supervise } from '../supervisor/supervised.js'

const CHAIN = 901n as ChainId

it('metrics show heads, nodes, and how resets go, of a real supervisor over HTTP', async () => {
	const recording = sampleRecording({ derived: 30, chainIds: [901] })
	const replay = await replayed(recording)
	const node = await LyingNode.before(replay.nodes[0]?.url ?? '')
	let refusals = 0
	node.lies.set('interop_reset', (answer) =>
		refusals++ === 0
			? { id: answer.id ?? 0, error: { code: -39001, message: 'unsafe reset target not found' } }
			: answer,
	)
	const nodes = [{ url: node.url, jwtSecret: replay.jwtSecret }]
	const { supervisor } = await supervise(recording, replay, { nodes })
	await headsReached({ supervisor }, recording)
	const registry = clusterMetrics(supervisor.states)
	const server = await startMetricsServer(
		{ addr: '127.0.0.1', port: 0 },
		{ registry, log: new LogCapture().log },
	)
	afterTest(() => server.close())
	const status = () => supervisor.reader.syncStatus().chains.get(CHAIN)
	await until('cross-safe to reach the end', () => status()?.safe.number === 30)
	const text = await (await fetch(`http://${server.addr}/metrics`)).text()
	const lines = [
		`vigil_head_block_number{chain="901",level="local-unsafe"} ${status()?.localUnsafe.number}`,
		'vigil_head_block_number{chain="901",level="cross-safe"} 30',
		`vigil_node_ready{chain="901",node="${node.url}"} 1`,
		`vigil_node_resetting{chain="901",node="${node.url}"} 0`,
		`vigil_node_resets_total{chain="901",node="${node.url}"} ${supervisor.resets}`,
		`vigil_node_resets_refused_total{chain="901",node="${node.url}",reason="unknown block"} 1`,
		'vigil_chain_stopped{chain="901"} 0',
		'vigil_chain_disputed{chain="901"} 0',
		'vigil_l1_held 0',
	]
	expect(text.split('\n')).toEqual(expect.arrayContaining(lines))
	await expect(
		startMetricsServer(
			{ addr: '127.0.0.1', port: Number(server.addr.split(':')[1]) },
			{ registry, log: new LogCapture().log },
		),
	).rejects.toThrow(MetricsListenError)
})
