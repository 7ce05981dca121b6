import type { Dashboard } from './dashboard.js'
import { lines } from './panel.js'
import { mean, of, ofChain, quantile, rate } from './queries.js'

const BY_CHAIN = { matchers: ['chain=~"$chain"'], by: 'chain' }

/** How fast chains are indexed, and what holds it up. */
export const throughput: Dashboard = {
	name: 'throughput',
	title: 'Throughput',
	description: 'How fast the logs of all chains are indexed, and where the time goes.',
	chains: 'any',
	rows: [
		{
			title: 'What goes through',
			panels: [
				lines(
					{ title: 'Blocks', description: 'Blocks that are indexed and sealed.', unit: 'ops', width: 6 },
					[rate(ofChain('vigil_indexed_blocks_total'), 'chain'), '{{chain}}'],
				),
				lines({ title: 'Logs', description: 'Logs of sealed blocks.', unit: 'ops', width: 6 }, [
					rate(ofChain('vigil_indexed_logs_total'), 'chain'),
					'{{chain}}',
				]),
				lines({ title: 'Receipts', description: 'Receipts as the nodes sent them.', unit: 'Bps', width: 6 }, [
					rate(ofChain('vigil_indexed_receipts_bytes_total'), 'chain'),
					'{{chain}}',
				]),
				lines(
					{
						title: 'Executing messages',
						description: 'Logs that execute a message: each is a check of another chain.',
						unit: 'ops',
						width: 6,
					},
					[rate(ofChain('vigil_indexed_executing_messages_total'), 'chain'), '{{chain}}'],
				),
				lines(
					{ title: 'Logs of a block', description: 'Mean over the blocks of the interval.', unit: 'short' },
					[
						`${rate(ofChain('vigil_indexed_logs_total'), 'chain')} / ${rate(ofChain('vigil_indexed_blocks_total'), 'chain')}`,
						'{{chain}}',
					],
				),
				lines(
					{
						title: 'Blocks to index',
						description: 'Announced blocks that are not indexed yet. At the tip it is 0 or 1.',
					},
					[ofChain('vigil_index_blocks_behind'), '{{chain}}'],
				),
				lines(
					{
						title: 'Time to catch up',
						description: 'Blocks to index at the present speed. At the tip it is about 0.',
						unit: 's',
					},
					[
						`sum by (chain) (${ofChain('vigil_index_blocks_behind')}) / ${rate(ofChain('vigil_indexed_blocks_total'), 'chain')}`,
						'{{chain}}',
					],
				),
			],
		},
		{
			title: 'Index workers',
			panels: [
				lines(
					{
						title: 'Workers',
						description:
							'Threads that have a task, of those that there are. A worker that waits for its node counts as busy.',
					},
					[of('vigil_index_threads_busy'), 'busy'],
					[of('vigil_index_threads'), 'all'],
				),
				lines(
					{
						title: 'Tasks in hand',
						description:
							'Tasks of at most 64 blocks that each worker has; two for each of its lanes while it catches up.',
					},
					[of('vigil_index_tasks_in_flight'), '{{thread}}'],
				),
				lines(
					{
						title: 'Ranges in flight',
						description:
							'Ranges that are being indexed or wait to be sealed. If it stays at its most, sealing holds up.',
					},
					[ofChain('vigil_index_ranges_in_flight'), '{{chain}}'],
				),
				lines(
					{
						title: 'Tasks by outcome',
						description:
							'Anything but ok is repeated. cancelled: a reorg; node: it failed to answer; storage: the disk.',
						unit: 'ops',
					},
					[rate(ofChain('vigil_index_tasks_total'), 'outcome'), '{{outcome}}'],
				),
				lines(
					{
						title: 'Time of a task',
						description: 'From main to a worker and back, 1 to 64 blocks.',
						unit: 's',
					},
					[quantile(0.5, 'vigil_index_task_duration_seconds', BY_CHAIN), '{{chain}} p50'],
					[quantile(0.99, 'vigil_index_task_duration_seconds', BY_CHAIN), '{{chain}} p99'],
				),
				lines(
					{
						title: 'Time of sealing',
						description: 'A run of blocks becomes canonical: one transaction, waiting for the disk included.',
						unit: 's',
					},
					[quantile(0.5, 'vigil_seal_duration_seconds', BY_CHAIN), '{{chain}} p50'],
					[quantile(0.99, 'vigil_seal_duration_seconds', BY_CHAIN), '{{chain}} p99'],
				),
				lines(
					{
						title: 'Time of a block by stage, mean',
						description:
							'fetch: until the node has given the receipts, in parallel with other blocks; decode: parse and hash; pack; write: its share of the transaction.',
						unit: 's',
						width: 12,
					},
					[mean('vigil_index_stage_duration_seconds', 'stage'), '{{stage}}'],
				),
				lines(
					{
						title: 'Time of a block by stage, p99',
						description: 'Of the means of tasks. A fetch of more than 100 ms is a slow node.',
						unit: 's',
						width: 12,
					},
					[quantile(0.99, 'vigil_index_stage_duration_seconds', { by: 'stage' }), '{{stage}}'],
				),
			],
		},
	],
}
