import type { RpcCountsReport } from '../api/thread/rpc-counts.js'
import type { ExecutionCallReport } from '../execution/execution-nodes.js'
import type { CountsReport, Tally } from '../gateway/gateway-counts.js'
import type { IndexPoolModules } from '../indexing/index-pool.js'
import type { Metrics } from '../observability/metrics/metrics.js'
import { ThreadFigures } from '../observability/thread-figures.js'
import type { ChainId } from '../protocol/chain-id.js'
import type { ChainCoordinator } from './chain-coordinator.js'
import type { SafetyReport } from './promoter.js'

/** Counts what happens to a chain. */
export function countChain(metrics: Metrics, chainId: ChainId, coordinator: ChainCoordinator): void {
	const { crossSafety, throughput } = metrics
	const chain = `${chainId}`
	let sealMs = coordinator.sealMs
	coordinator.on('sealed', (_head, run, receiptBytes) => {
		throughput.blocks.inc({ chain }, run.length)
		throughput.receiptBytes.inc({ chain }, receiptBytes)
		let logs = 0
		let executing = 0
		for (const { logCount, executingCount } of run) {
			logs += logCount
			executing += executingCount
		}
		throughput.logs.inc({ chain }, logs)
		throughput.executingMessages.inc({ chain }, executing)
		const before = sealMs
		sealMs = coordinator.sealMs
		// An index that begins anew counts from zero.
		throughput.sealSeconds.observe({ chain }, (sealMs >= before ? sealMs - before : sealMs) / 1_000)
	})
	coordinator.on('reorg', (common, old) =>
		crossSafety.unsafeReorgDepth.observe({ chain }, old.number - common.number),
	)
	coordinator.on('invalidated', () => crossSafety.invalidations.inc({ chain }))
	crossSafety.unsafeReorgDepth.zero({ chain })
	// A chain without trouble shows 0, so that the first trouble is an increase.
	for (const counter of [throughput.blocks, throughput.executingMessages, crossSafety.invalidations])
		counter.inc({ chain }, 0)
}

/** What the index pool tells of its tasks, and where its threads write down their figures. */
export function countTasks(metrics: Metrics): Pick<IndexPoolModules, 'onTask' | 'figures'> {
	const { storage, throughput } = metrics
	return {
		onTask(task, { blocks, failure, timings }, seconds) {
			const chain = `${task.chainId}`
			throughput.tasks.inc({ chain, outcome: failure?.kind ?? 'ok' })
			throughput.taskSeconds.observe({ chain }, seconds)
			const { fetchMs: fetch, decodeMs: decode, packMs: pack, writeMs: write } = timings
			if (write > 0) storage.transactionSeconds.observe({ writer: 'index' }, write / 1_000)
			if (blocks.length === 0) return
			for (const [stage, ms] of Object.entries({ fetch, decode, pack, write }))
				throughput.stageSeconds.observe({ stage }, ms / blocks.length / 1_000)
		},
		figures: (index) => threadFigures(metrics, `index-${index}`),
	}
}

/** What the cross-safety thread reports. */
export function countReport({ crossSafety, storage }: Metrics, report: SafetyReport): void {
	if (report.kind === 'trouble') crossSafety.troubles.inc()
	if (report.kind !== 'promoted') return
	crossSafety.roundSeconds.observe(report.roundMs / 1_000)
	storage.transactionSeconds.observe({ writer: 'cross-safety' }, report.commitMs / 1_000)
}

/** Counts a call of the main thread to a node. */
export function countCall({ nodes }: Metrics, node: string) {
	return (method: string, seconds: number, error?: unknown): void => {
		const outcome = error === undefined ? 'ok' : error instanceof Error ? error.name : 'Error'
		nodes.calls.inc({ node, method, outcome })
		nodes.callSecondsByNode.inc({ node, method }, seconds)
		nodes.callSeconds.observe({ method }, seconds)
	}
}

/** Memory in which a thread writes down its figures. */
export function threadFigures({ threads }: Metrics, thread: string): SharedArrayBuffer {
	const figures = ThreadFigures.allocate()
	threads.add(thread, figures)
	return figures.buffer
}

/** What the thread of the L1 gateway has counted. */
export function countGateway({ l1Gateway }: Metrics, counts: CountsReport): void {
	for (const [[method, code], n] of parted(counts.requests)) l1Gateway.requests.inc({ method, code }, n)
	for (const [kind, n] of Object.entries(counts.hits)) l1Gateway.lookups.inc({ kind, result: 'hit' }, n)
	for (const [kind, n] of Object.entries(counts.misses)) l1Gateway.lookups.inc({ kind, result: 'miss' }, n)
	for (const [[upstream, outcome], n] of parted(counts.upstream))
		l1Gateway.upstreamCalls.inc({ upstream, outcome }, n)
	l1Gateway.servedBytes.inc(counts.servedBytes)
	l1Gateway.fetchedBytes.inc(counts.fetchedBytes)
	l1Gateway.cacheBytes.set(counts.cacheBytes)
}

/** What one RPC thread has counted; undefined: it has ended, and its connections with it. */
export function countRpc({ rpc }: Metrics): (counts: RpcCountsReport | undefined) => void {
	let open = 0
	return (counts) => {
		for (const { method, code, count } of counts?.requests ?? []) rpc.requests.inc({ method, code }, count)
		rpc.seconds.add(counts?.seconds ?? [])
		const { connections = 0 } = counts ?? {}
		rpc.connections.inc(connections - open)
		open = connections
	}
}

function parted(tally: Tally): [labels: [string, string], count: number][] {
	return Object.entries(tally).map(([key, count]) => {
		const [first = '', second = ''] = key.split(' ')
		return [[first, second], count]
	})
}

/** A call to an execution node. */
export function countExecution(
	{ execution }: Metrics,
	{ chainId, method, outcome, ms }: ExecutionCallReport,
): void {
	const chain = `${chainId}`
	execution.calls.inc({ chain, method, outcome })
	execution.seconds.observe({ chain }, ms / 1_000)
}
