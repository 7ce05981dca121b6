import { DurationTally } from './duration-tally.js'
import type { MetricRegister } from './metric-register.js'

/** From a check in memory, 10 to 100 us, to a super root that waits for nodes: seconds. */
export const RPC_SECONDS = [
	0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
] as const

/** The RPC server. */
export function rpcMetrics(register: MetricRegister) {
	const group = register.group('RPC server')
	const seconds = new DurationTally('method', RPC_SECONDS)
	const requests = group.counter(
		'vigil_rpc_requests_total',
		'Requests, elements of batches each, by method (unknown: none of ours, malformed: no request) and code (ok, or the JSON-RPC error code)',
		['method', 'code'],
	)
	group.readHistogram(
		'vigil_rpc_request_duration_seconds',
		'Time from the turn of a request to its answer',
		['method'],
		() => seconds.histograms(),
	)
	return {
		requests,
		seconds,
		connections: group.gauge('vigil_rpc_connections', 'Open connections, WebSockets included'),
	}
}

export type RpcMetrics = ReturnType<typeof rpcMetrics>
