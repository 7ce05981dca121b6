import { CALL_SECONDS } from './buckets.js'
import type { MetricRegister } from './metric-register.js'

/** The managed nodes: connections, calls, events, resets. */
export function nodeMetrics(register: MetricRegister) {
	const group = register.group('Managed nodes')
	const labels = ['chain', 'node'] as const
	return {
		ready: group.gauge('vigil_node_ready', 'Whether the node is connected and tells its events', labels),
		state: group.gauge(
			'vigil_node_state',
			'1 for the state that the node is in: starting, ready, down, refused, closed',
			[...labels, 'state'],
		),
		resetting: group.gauge('vigil_node_resetting', 'Whether a reset of the node is under way', labels),
		resets: group.counter('vigil_node_resets_total', 'Resets of the node that were started', labels),
		resetsRefused: group.counter(
			'vigil_node_resets_refused_total',
			'Resets that the node refused, by reason',
			[...labels, 'reason'],
		),
		losses: group.counter('vigil_node_losses_total', 'Times that a ready node was lost', labels),
		events: group.counter('vigil_node_events_total', 'Events of the node, by kind', [...labels, 'kind']),
		calls: group.counter(
			'vigil_node_calls_total',
			'Calls of the main thread to the node by outcome: ok, or the name of the error',
			['node', 'method', 'outcome'],
		),
		callSecondsByNode: group.counter(
			'vigil_node_call_seconds_total',
			'Time until the answers to these calls: divided by their number, the mean of a node',
			['node', 'method'],
		),
		// Not by node: some 15 series for each node and method would be most of a scrape.
		callSeconds: group.histogram(
			'vigil_node_call_duration_seconds',
			'Time until the answer to a call of the main thread, waiting for its turn included',
			CALL_SECONDS,
			['method'],
		),
	}
}

export type NodeMetrics = ReturnType<typeof nodeMetrics>
