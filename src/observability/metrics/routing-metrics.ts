import type { MetricRegister } from './metric-register.js'

/** Nodes that are given unsafe blocks. */
export function routingMetrics(register: MetricRegister) {
	const group = register.group('Unsafe blocks')
	return {
		posted: group.counter(
			'vigil_unsafe_routing_payloads_total',
			'Unsafe payloads given to a node, those that were given again included',
			['chain', 'node'],
		),
		lag: group.gauge(
			'vigil_unsafe_routing_lag_blocks',
			'Blocks between the unsafe head of a node and that of its chain',
			['chain', 'node'],
		),
		state: group.gauge(
			'vigil_unsafe_routing_state',
			'1 for the state of a node: starting, following, waiting (not on our chain), down',
			['chain', 'node', 'state'],
		),
	}
}
