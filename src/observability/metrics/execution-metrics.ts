import { CALL_SECONDS } from './buckets.js'
import type { MetricRegister } from './metric-register.js'

/** Execution nodes, which grouped reads and the routing of unsafe blocks ask. */
export function executionMetrics(register: MetricRegister) {
	const group = register.group('Execution nodes')
	return {
		calls: group.counter(
			'vigil_execution_calls_total',
			'Calls by method and outcome: ok, aborted, or the name of the error',
			['chain', 'method', 'outcome'],
		),
		seconds: group.histogram(
			'vigil_execution_call_duration_seconds',
			'Time of a call to one node',
			CALL_SECONDS,
			['chain'],
		),
		ready: group.gauge('vigil_execution_nodes_ready', 'Nodes of the chain that can be asked', ['chain']),
	}
}
