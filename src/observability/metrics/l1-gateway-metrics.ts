import type { MetricRegister } from './metric-register.js'

/** The L1 gateway, as its thread tells about once a second. */
export function l1GatewayMetrics(register: MetricRegister) {
	const group = register.group('L1 gateway')
	return {
		requests: group.counter(
			'vigil_l1_gateway_requests_total',
			'Requests, elements of batches each, by method or path and code (ok, the JSON-RPC error code, or the HTTP status of the beacon API)',
			['method', 'code'],
		),
		lookups: group.counter(
			'vigil_l1_gateway_cache_lookups_total',
			'Objects asked for by kind (block, receipts, raw receipts, blobs) and result: hit (or under way), miss',
			['kind', 'result'],
		),
		upstreamCalls: group.counter(
			'vigil_l1_gateway_upstream_calls_total',
			'Calls to L1 and beacon endpoints by outcome: ok, null (it has none), error, wrong (not what belongs to the hash)',
			['upstream', 'outcome'],
		),
		servedBytes: group.counter('vigil_l1_gateway_served_bytes_total', 'Bytes of all answers'),
		fetchedBytes: group.counter(
			'vigil_l1_gateway_fetched_bytes_total',
			'Bytes of answers of endpoints over HTTP',
		),
		cacheBytes: group.gauge('vigil_l1_gateway_cache_bytes', 'Size of all objects in the cache'),
	}
}

export type L1GatewayMetrics = ReturnType<typeof l1GatewayMetrics>
