import type { Dashboard } from './dashboard.js'
import { heatmap, lines, stat } from './panel.js'
import { of, quantile, rate, sum } from './queries.js'

const REQUESTS = 'vigil_rpc_requests_total'
const SECONDS = 'vigil_rpc_request_duration_seconds'
const CHECKS = 'method="supervisor_checkAccessList"'
const SERVING = 'thread=~"main|rpc-.*"'

const L1_REQUESTS = 'vigil_l1_gateway_requests_total'
const LOOKUPS = 'vigil_l1_gateway_cache_lookups_total'

/** What callers ask and get. */
export const rpc: Dashboard = {
	name: 'rpc',
	title: 'RPC',
	description: 'The RPC server: who asks what, what they get, how long it takes.',
	rows: [
		{
			title: 'Now',
			panels: [
				stat(
					{ title: 'Requests', description: 'A second, elements of batches each.', unit: 'reqps', width: 6 },
					rate(of(REQUESTS)),
				),
				stat(
					{
						title: 'Failed inside',
						description:
							'Share of requests that failed for a reason inside of Vigil (-32603); its log has the reason.',
						unit: 'percentunit',
						width: 6,
						colors: [
							[null, 'green'],
							[0.001, 'orange'],
							[0.01, 'red'],
						],
					},
					`(${rate(of(REQUESTS, 'code="-32603"'))} or vector(0)) / ${rate(of(REQUESTS))}`,
				),
				stat(
					{
						title: 'Access checks, p99',
						description: 'Latency of supervisor_checkAccessList within the server.',
						unit: 's',
						width: 6,
						colors: [
							[null, 'green'],
							[0.005, 'orange'],
							[0.05, 'red'],
						],
					},
					quantile(0.99, SECONDS, { matchers: [CHECKS] }),
				),
				stat(
					{
						title: 'Connections',
						description: 'Open ones, WebSockets included. The limit is --rpc.max-connections.',
						width: 6,
						colors: [[null, 'text']],
					},
					sum(of('vigil_rpc_connections')),
				),
			],
		},
		{
			title: 'Requests',
			panels: [
				lines(
					{
						title: 'By method',
						description: 'unknown: methods that there are not.',
						unit: 'reqps',
						width: 12,
						isStacked: true,
					},
					[rate(of(REQUESTS), 'method'), '{{method}}'],
				),
				lines(
					{
						title: 'By code',
						description:
							'ok, or the JSON-RPC error. -321401 and -320500 are blocks that are not there (yet); docs/api.md has all.',
						unit: 'reqps',
						width: 12,
						isStacked: true,
					},
					[rate(of(REQUESTS), 'code'), '{{code}}'],
				),
				lines(
					{
						title: 'Access checks by code',
						description:
							'ok: the message may be executed; -320600: it may not; -321401: not yet; -32602: failsafe, or malformed.',
						unit: 'reqps',
						width: 12,
					},
					[rate(of(REQUESTS, CHECKS), 'code'), '{{code}}'],
				),
				lines(
					{
						title: 'Refused by method',
						description: 'Requests that got any error.',
						unit: 'reqps',
						width: 12,
					},
					[rate(of(REQUESTS, 'code!="ok"'), 'method'), '{{method}}'],
				),
			],
		},
		{
			title: 'Latency',
			panels: [
				lines(
					{
						title: 'p50 by method',
						description: 'Super roots wait for nodes, all others are reads of the store.',
						unit: 's',
					},
					[quantile(0.5, SECONDS, { by: 'method' }), '{{method}}'],
				),
				lines({ title: 'p99 by method', description: 'The same, the slowest of a hundred.', unit: 's' }, [
					quantile(0.99, SECONDS, { by: 'method' }),
					'{{method}}',
				]),
				lines(
					{
						title: 'Threads',
						description:
							'RPC threads serve, main answers for nodes (and serves in `vigil api`): how busy each is, 1 is a core in full use, and how late its timers are (p99, seconds).',
						unit: 'short',
					},
					[rate(of('vigil_thread_active_seconds_total', SERVING), 'thread'), '{{thread}} busy'],
					[
						quantile(0.99, 'vigil_thread_event_loop_delay_seconds', { matchers: [SERVING], by: 'thread' }),
						'{{thread}} delay p99',
					],
				),
				heatmap(
					{
						title: 'Access checks',
						description: 'How the latencies of supervisor_checkAccessList spread.',
						width: 24,
					},
					rate(of(`${SECONDS}_bucket`, CHECKS), 'le'),
				),
			],
		},
		{
			title: 'Execution nodes',
			panels: [
				lines(
					{
						title: 'Calls to execution nodes',
						description: 'By outcome: ok, aborted, or the error.',
						unit: 'ops',
					},
					[rate(of('vigil_execution_calls_total'), 'outcome'), '{{outcome}}'],
				),
				lines({ title: 'Latency, mean', description: 'Of one call to one node, by chain.', unit: 's' }, [
					`${rate(of('vigil_execution_call_duration_seconds_sum'), 'chain')} / ${rate(of('vigil_execution_call_duration_seconds_count'), 'chain')}`,
					'{{chain}}',
				]),
				lines(
					{ title: 'Nodes that can be asked', description: 'Of those in --l2-execution.nodes, by chain.' },
					[of('vigil_execution_nodes_ready'), '{{chain}}'],
				),
			],
		},
		{
			title: 'L1 gateway',
			panels: [
				lines(
					{
						title: 'L1 requests by method',
						description: 'Of the nodes that point --l1 and --l1.beacon at Vigil.',
						unit: 'reqps',
						isStacked: true,
					},
					[rate(of(L1_REQUESTS), 'method'), '{{method}}'],
				),
				lines(
					{
						title: 'L1 requests that failed',
						description:
							'By JSON-RPC code or HTTP status. -32000: no view of L1 yet, or no endpoint answers.',
						unit: 'reqps',
					},
					[rate(of(L1_REQUESTS, 'code!="ok"'), 'code'), '{{code}}'],
				),
				lines(
					{
						title: 'Found in the cache',
						description: 'Share of the objects asked for, those that were under way included.',
						unit: 'percentunit',
					},
					[`${rate(of(LOOKUPS, 'result="hit"'), 'kind')} / ${rate(of(LOOKUPS), 'kind')}`, '{{kind}}'],
				),
				lines(
					{
						title: 'Calls to L1 endpoints',
						description:
							'By outcome. wrong: an answer that does not belong to the hash; it is not used, and the endpoint is not to be trusted.',
						unit: 'ops',
					},
					[
						rate(of('vigil_l1_gateway_upstream_calls_total'), 'upstream, outcome'),
						'{{upstream}} {{outcome}}',
					],
				),
				lines(
					{
						title: 'Bytes',
						description: 'Served to nodes, and fetched for that over HTTP.',
						unit: 'Bps',
					},
					[rate(of('vigil_l1_gateway_served_bytes_total')), 'served'],
					[rate(of('vigil_l1_gateway_fetched_bytes_total')), 'fetched'],
				),
				lines(
					{
						title: 'Cache of L1',
						description: 'All objects; the limit is --l1-gateway.cache-size.',
						unit: 'bytes',
					},
					[of('vigil_l1_gateway_cache_bytes'), 'bytes'],
				),
			],
		},
	],
}
