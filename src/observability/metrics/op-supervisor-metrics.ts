import type { Histogram } from 'prom-client'
import type { BlockReading, ClusterReading, HeadLevel } from '../cluster-reading.js'
import type { CountedHistogram, MetricRegister } from './metric-register.js'
import type { NodeMetrics } from './node-metrics.js'
import type { RpcMetrics } from './rpc-metrics.js'

/** Buckets of op-supervisor's histograms: seconds. */
const BOUNDS: ReadonlySet<number> = new Set([0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10])

/** op-supervisor's names of the levels that it tells. */
const REF_TYPES: readonly (readonly [type: string, level: HeadLevel])[] = [
	['local_unsafe', 'local-unsafe'],
	['cross_unsafe', 'cross-unsafe'],
	['local_safe', 'local-safe'],
	['cross_safe', 'cross-safe'],
]

/** What op-supervisor calls its RPC server and the connections to its nodes. */
const SERVER = 'main'
const CLIENT = 'syncnode'

/** Outcomes of calls that are answers. */
const RESPONSES: ReadonlyMap<string, string> = new Map([
	['ok', '<nil>'],
	['NodeRpcError', 'rpc_error'],
	['NodeBlockNotFoundError', 'rpc_error'],
])

/**
 * The metrics of op-supervisor that dashboards and alerts read, under its names, made of ours. It names them after its
 * process, which is `default` where nothing else was set.
 */
export class OpSupervisorMetrics {
	readonly #metrics
	readonly #sources: { readonly rpc: RpcMetrics; readonly nodes: NodeMetrics }

	constructor(
		register: MetricRegister,
		sources: { readonly rpc: RpcMetrics; readonly nodes: NodeMetrics; readonly version: string },
	) {
		this.#sources = sources
		const group = register.group("op-supervisor's names")
		const ref = ['layer', 'type', 'chain'] as const
		const name = (rest: string) => `op_supervisor_default_${rest}`
		group.gauge(name('info'), 'Version', ['version']).set({ version: sources.version }, 1)
		group.gauge(name('up'), 'Always 1').set(1)
		this.#metrics = {
			number: group.gauge(name('refs_number'), 'vigil_head_block_number', ref),
			time: group.gauge(name('refs_time'), 'vigil_head_timestamp_seconds', ref),
			latency: group.gauge(
				name('refs_latency'),
				'Time of the block minus now, in seconds: below zero; op-supervisor tells it as of when the block was new',
				ref,
			),
			hash: group.gauge(name('refs_hash'), 'First 8 bytes of the block hash as a number', ref),
			entries: group.gauge(
				name('logdb_entries_current'),
				'Rows by kind: log (blocks; with op-supervisor entries), local_derived, cross_derived',
				['chain', 'kind'],
			),
			verifyFailures: group.gauge(
				name('access_list_verify_failure'),
				'Always 0: answers need no second check. A counter with op-supervisor',
				['chain'],
			),
			serverRequests: group.counter(name('rpc_server_requests_total'), 'vigil_rpc_requests_total', [
				'rpc',
				'method',
			]),
			serverResponses: group.counter(
				name('rpc_server_responses_total'),
				'The same by error: <nil>, or rpc_ and the code',
				['rpc', 'method', 'error'],
			),
			clientRequests: group.counter(name('rpc_client_requests_total'), 'vigil_node_calls_total', [
				'rpc',
				'method',
			]),
			clientResponses: group.counter(
				name('rpc_client_responses_total'),
				'Those of them that were answered, by error: <nil> or rpc_error, without the code',
				['rpc', 'method', 'error'],
			),
		}
		group.readHistogram(
			name('rpc_server_request_duration_seconds'),
			'vigil_rpc_request_duration_seconds',
			['rpc', 'method'],
			() => sources.rpc.seconds.histograms().map(inTheirBuckets),
		)
		group.readHistogram(
			name('rpc_client_request_duration_seconds'),
			'vigil_node_call_duration_seconds',
			['rpc', 'method'],
			() => summedByMethod(sources.nodes.callSeconds as Histogram<string>, CLIENT),
		)
	}

	async refresh(reading: ClusterReading | undefined): Promise<void> {
		const requests = (await this.#sources.rpc.requests.get()).values
		const calls = (await this.#sources.nodes.calls.get()).values
		this.#refreshRefs(reading)
		const { serverRequests, serverResponses, clientRequests, clientResponses } = this.#metrics
		for (const metric of [serverRequests, serverResponses, clientRequests, clientResponses]) metric.reset()
		for (const { labels, value } of requests) {
			const { method = '', code = '' } = labels
			const error = code === 'ok' ? '<nil>' : `rpc_${code}`
			serverRequests.inc({ rpc: SERVER, method }, value)
			serverResponses.inc({ rpc: SERVER, method, error }, value)
		}
		for (const { labels, value } of calls) {
			const { method = '', outcome = '' } = labels
			clientRequests.inc({ rpc: CLIENT, method }, value)
			const error = RESPONSES.get(String(outcome))
			if (error !== undefined) clientResponses.inc({ rpc: CLIENT, method, error }, value)
		}
	}

	#refreshRefs(reading: ClusterReading | undefined): void {
		const { number, time, latency, hash, entries, verifyFailures } = this.#metrics
		for (const metric of [number, time, latency, hash, entries, verifyFailures]) metric.reset()
		const now = Date.now() / 1_000
		for (const { chain, heads, rows } of reading?.store.chains ?? []) {
			for (const [type, level] of REF_TYPES) {
				const head = heads[level]
				if (head === undefined) continue
				const labels = { layer: 'l2', type, chain }
				number.set(labels, head.number)
				time.set(labels, head.timestamp)
				latency.set(labels, head.timestamp - now)
				hash.set(labels, hashNumber(head))
			}
			for (const [kind, count] of Object.entries(rows)) entries.set({ chain, kind }, count)
			verifyFailures.set({ chain }, 0)
		}
	}
}

/** As op-supervisor makes a number of a hash, so that a divergence shows in a chart of both. */
function hashNumber({ hash }: BlockReading): number {
	return Number(Buffer.from(hash.slice(2, 18), 'hex').readBigUInt64LE())
}

function inTheirBuckets({ labels, buckets, sum, count }: CountedHistogram): CountedHistogram {
	return {
		labels: { rpc: SERVER, ...labels },
		buckets: buckets.filter(([bound]) => BOUNDS.has(bound)),
		sum,
		count,
	}
}

/** The samples of a histogram of ours, by method alone, in op-supervisor's buckets. */
async function summedByMethod(histogram: Histogram<string>, rpc: string): Promise<CountedHistogram[]> {
	const methods = new Map<string, { buckets: Map<number, number>; sum: number; count: number }>()
	for (const { labels, value, metricName } of (await histogram.get()).values) {
		const method = String(labels.method ?? '')
		const of = methods.get(method) ?? { buckets: new Map<number, number>(), sum: 0, count: 0 }
		methods.set(method, of)
		const bound = Number(labels.le)
		if (metricName?.endsWith('_sum')) of.sum += value
		else if (metricName?.endsWith('_count')) of.count += value
		else if (BOUNDS.has(bound)) of.buckets.set(bound, (of.buckets.get(bound) ?? 0) + value)
	}
	return [...methods].map(([method, { buckets, sum, count }]) => ({
		labels: { rpc, method },
		buckets: [...buckets].sort(([a], [b]) => a - b),
		sum,
		count,
	}))
}
