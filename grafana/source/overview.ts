import type { Dashboard } from './dashboard.js'
import { lines, NO_IS_GOOD, stat, YES_IS_GOOD, ZERO_IS_GOOD } from './panel.js'
import { of, perHour, quantile, rate } from './queries.js'

/** Answers one question: can I sleep? */
export const overview: Dashboard = {
	name: 'overview',
	title: 'Overview',
	description: 'Can I sleep? Yes, if everything in the first row is green.',
	rows: [
		{
			title: 'Can I sleep?',
			panels: [
				stat(
					{
						title: 'Ready',
						description: 'What /readyz says. If no, ask it: the answer has the reasons.',
						words: YES_IS_GOOD,
					},
					`min(${of('vigil_ready')})`,
				),
				stat(
					{
						title: 'Alerts',
						description: 'Alerts that fire. Each has a section in docs/runbooks.md.',
						colors: ZERO_IS_GOOD,
					},
					'count(ALERTS{alertstate="firing",alertname=~"Vigil.*"}) or vector(0)',
				),
				stat(
					{
						title: 'Failsafe',
						description:
							'While it is on all access lists are refused: no cross-chain message gets into a block.',
						words: NO_IS_GOOD,
					},
					`max(${of('vigil_failsafe')})`,
				),
				stat(
					{
						title: 'Chains in trouble',
						description: 'Chains that wait for an operator, or whose nodes disagree on a block.',
						colors: ZERO_IS_GOOD,
					},
					`sum(${of('vigil_chain_stopped')}) + sum(${of('vigil_chain_disputed')})`,
				),
				stat(
					{
						title: 'Nodes not ready',
						description: 'Managed nodes that are down, refused, or do not tell their events.',
						colors: ZERO_IS_GOOD,
					},
					`count(${of('vigil_node_ready')} == 0) or vector(0)`,
				),
				stat(
					{
						title: 'L1 followed',
						description: 'An L1 endpoint answers, and it does not contradict what is stored.',
						words: YES_IS_GOOD,
					},
					`min(${of('vigil_l1_followed')}) * (1 - max(${of('vigil_l1_held')}))`,
				),
				stat(
					{
						title: 'Disk free',
						description: 'Free share of the disk of the data directory.',
						unit: 'percentunit',
						colors: [
							[null, 'red'],
							[0.1, 'orange'],
							[0.2, 'green'],
						],
					},
					`min(${of('vigil_disk_free_bytes')} / ${of('vigil_disk_size_bytes')})`,
				),
				stat(
					{
						title: 'Writes fail',
						description: 'Nothing can be written at the moment: the disk is full or broken. Reads go on.',
						words: NO_IS_GOOD,
					},
					`max(${of('vigil_storage_write_fault')})`,
				),
			],
		},
		{
			title: 'Heads',
			panels: [
				lines(
					{
						title: 'Age of heads, worst chain',
						description:
							'Local-unsafe should be a block or two old; cross-safe follows the batches on L1; finalized is some 15 minutes behind on a real L1.',
						unit: 's',
						width: 12,
					},
					[`max by (level) (${of('vigil_head_lag_seconds')})`, '{{level}}'],
				),
				lines(
					{
						title: 'Speed of heads',
						description: 'Blocks a second by which cross-safe moves. Stalled is 0.',
						unit: 'ops',
						width: 6,
					},
					[`deriv(${of('vigil_head_block_number', 'level="cross-safe"')}[5m])`, '{{chain}}'],
				),
				lines(
					{
						title: 'Age of L1',
						description: 'Age of the newest L1 block (12 to 24 s are usual) and of the finalized one.',
						unit: 's',
						width: 6,
					},
					[of('vigil_l1_tip_lag_seconds'), 'tip'],
					[of('vigil_l1_finalized_lag_seconds'), 'finalized'],
				),
			],
		},
		{
			title: 'Work',
			panels: [
				lines(
					{
						title: 'Blocks to index',
						description: 'Announced blocks that are not indexed yet. At the tip it is 0 or 1.',
					},
					[of('vigil_index_blocks_behind'), '{{chain}}'],
				),
				lines(
					{
						title: 'RPC requests',
						description: 'Requests a second, and those that failed for a reason inside of Vigil (-32603).',
						unit: 'reqps',
					},
					[rate(of('vigil_rpc_requests_total')), 'all'],
					[`${rate(of('vigil_rpc_requests_total', 'code="-32603"'))} or vector(0)`, 'failed inside'],
				),
				lines(
					{
						title: 'Latency of access checks',
						description: 'Time of supervisor_checkAccessList; nearly all should be below 1 ms.',
						unit: 's',
					},
					[
						quantile(0.5, 'vigil_rpc_request_duration_seconds', {
							matchers: ['method="supervisor_checkAccessList"'],
						}),
						'p50',
					],
					[
						quantile(0.99, 'vigil_rpc_request_duration_seconds', {
							matchers: ['method="supervisor_checkAccessList"'],
						}),
						'p99',
					],
				),
				lines(
					{
						title: 'Went back, in an hour',
						description:
							'Blocks that were found invalid, and blocks that unsafe and L1 reorgs took. Invalid blocks should never be.',
					},
					[perHour(of('vigil_invalidations_total')), 'invalid blocks'],
					[perHour(of('vigil_unsafe_reorg_depth_blocks_sum')), 'blocks of unsafe reorgs'],
					[perHour(of('vigil_l1_reorg_depth_blocks_sum')), 'blocks of L1 reorgs'],
				),
				lines({ title: 'CPU', description: 'Cores in use, all threads.', unit: 'short' }, [
					rate(of('process_cpu_seconds_total')),
					'cores',
				]),
				lines(
					{
						title: 'Memory',
						description: 'Resident memory, all threads, pages of LMDB included.',
						unit: 'bytes',
					},
					[of('process_resident_memory_bytes'), '{{instance}}'],
				),
			],
		},
	],
}
