import type { Dashboard } from './dashboard.js'
import { lines, stat } from './panel.js'
import { of, perHour, quantile, rate } from './queries.js'

const TRANSACTION = 'vigil_storage_transaction_duration_seconds'

/** Threads, memory, LMDB, disk, calls. */
export const internals: Dashboard = {
	name: 'internals',
	title: 'Internals',
	description: 'Threads, memory, LMDB, the disk, and calls to nodes.',
	rows: [
		{
			title: 'Process',
			panels: [
				stat(
					{ title: 'Version', description: 'Of Vigil and of Node.', width: 8, colors: [[null, 'text']] },
					of('vigil_build_info'),
					'{{version}} on Node {{node_version}}',
				),
				stat(
					{
						title: 'Up for',
						description: 'Since the start of the process.',
						unit: 's',
						width: 4,
						colors: [[null, 'text']],
					},
					`time() - max(${of('process_start_time_seconds')})`,
				),
				stat(
					{
						title: 'Open files',
						description: 'Sockets and LMDB files included.',
						width: 4,
						colors: [[null, 'text']],
					},
					`max(${of('process_open_fds')})`,
				),
				stat(
					{
						title: 'L1 tip',
						description: 'Newest L1 block.',
						unit: 'none',
						width: 4,
						colors: [[null, 'text']],
					},
					`max(${of('vigil_l1_tip_block_number')})`,
				),
				stat(
					{
						title: 'L1 finalized',
						description: 'Newest L1 block that is final here.',
						unit: 'none',
						width: 4,
						colors: [[null, 'text']],
					},
					`max(${of('vigil_l1_finalized_block_number')})`,
				),
			],
		},
		{
			title: 'Threads',
			panels: [
				lines(
					{
						title: 'How busy',
						description: 'Time that the event loop was not idle. 1 is a core in full use.',
						unit: 'percentunit',
					},
					[rate(of('vigil_thread_active_seconds_total'), 'thread'), '{{thread}}'],
				),
				lines(
					{
						title: 'Event-loop delay, p99',
						description:
							'How late timers are. Main should stay below some 10 ms: it answers nodes and callers.',
						unit: 's',
					},
					[quantile(0.99, 'vigil_thread_event_loop_delay_seconds', { by: 'thread' }), '{{thread}}'],
				),
				lines(
					{ title: 'Garbage collection', description: 'Share of time that it takes.', unit: 'percentunit' },
					[rate(of('vigil_thread_gc_seconds_total'), 'thread'), '{{thread}}'],
				),
				lines(
					{
						title: 'Garbage collections by kind',
						description: 'Many major ones are a heap that is too small.',
						unit: 'ops',
					},
					[rate(of('vigil_thread_gc_runs_total'), 'kind'), '{{kind}}'],
				),
				lines(
					{
						title: 'Heap in use',
						description: 'Of each thread. Growing for hours is a leak.',
						unit: 'bytes',
					},
					[of('vigil_thread_memory_bytes', 'kind="heap_used"'), '{{thread}}'],
				),
				lines(
					{
						title: 'Memory by kind',
						description: 'Summed over threads; external holds answers of nodes.',
						unit: 'bytes',
					},
					[`sum by (kind) (${of('vigil_thread_memory_bytes')})`, '{{kind}}'],
				),
			],
		},
		{
			title: 'LMDB and disk',
			panels: [
				lines(
					{
						title: 'Size',
						description: 'Pages that were ever used, by environment.',
						unit: 'bytes',
						isStacked: true,
					},
					[of('vigil_storage_used_bytes'), '{{environment}}'],
				),
				lines(
					{
						title: 'How far back',
						description:
							'Age of the first block that is kept of each chain: with --retention it stays where that is set, without it grows.',
						unit: 's',
					},
					[of('vigil_first_kept_age_seconds'), '{{chain}}'],
				),
				lines(
					{
						title: 'Use of the map',
						description: 'Share of the address space; it grows by itself.',
						unit: 'percentunit',
					},
					[`${of('vigil_storage_used_bytes')} / ${of('vigil_storage_map_bytes')}`, '{{environment}}'],
				),
				lines(
					{
						title: 'Readers',
						description:
							'Share of reader slots in use, of all threads and processes, and snapshots that main holds.',
						unit: 'short',
					},
					[`${of('vigil_storage_readers')} / ${of('vigil_storage_readers_max')}`, '{{environment}}'],
					[of('vigil_storage_open_snapshots'), 'snapshots of main'],
				),
				lines({ title: 'Transactions', description: 'Write transactions by thread.', unit: 'ops' }, [
					rate(of(`${TRANSACTION}_count`), 'writer'),
					'{{writer}}',
				]),
				lines(
					{
						title: 'Time of a transaction, p50',
						description: 'Until durable: mostly the fsync of the disk.',
						unit: 's',
					},
					[quantile(0.5, TRANSACTION, { by: 'writer' }), '{{writer}}'],
				),
				lines(
					{
						title: 'Time of a transaction, p99',
						description: 'A disk that stalls shows here first.',
						unit: 's',
					},
					[quantile(0.99, TRANSACTION, { by: 'writer' }), '{{writer}}'],
				),
				lines(
					{ title: 'Disk', description: 'Of the data directory.', unit: 'bytes' },
					[of('vigil_disk_free_bytes'), 'free'],
					[of('vigil_disk_size_bytes'), 'size'],
				),
				lines(
					{ title: 'Failed writes, in an hour', description: 'Transactions that could not be written.' },
					[perHour(of('vigil_storage_write_failures_total')), 'failed'],
				),
				lines(
					{
						title: 'Queues',
						description: 'Events and links that wait, all chains; nodes that wait for their next L1 block.',
					},
					[`sum(${of('vigil_chain_events_queued')})`, 'events'],
					[`sum(${of('vigil_chain_links_queued')})`, 'links'],
					[of('vigil_l1_waiting_nodes'), 'nodes at the L1 tip'],
				),
			],
		},
		{
			title: 'Calls to nodes, by the main thread',
			panels: [
				lines(
					{
						title: 'Calls by outcome',
						description: 'ok, or the name of the error. NodeBlockNotFoundError is an answer.',
						unit: 'ops',
					},
					[rate(of('vigil_node_calls_total'), 'outcome'), '{{outcome}}'],
				),
				lines({ title: 'Latency by method', description: 'Until the answer.', unit: 's' }, [
					quantile(0.5, 'vigil_node_call_duration_seconds', { by: 'method' }),
					'{{method}}',
				]),
				lines(
					{
						title: 'Latency by node, mean',
						description: 'A node that is slow for everything is busy or far away.',
						unit: 's',
					},
					[
						`${rate(of('vigil_node_call_seconds_total'), 'node')} / ${rate(of('vigil_node_calls_total'), 'node')}`,
						'{{node}}',
					],
				),
				lines(
					{
						title: 'L1 blocks behind finality',
						description: 'From the finalized L1 block up to the tip; about 64 to 96 on a real L1.',
					},
					[of('vigil_l1_finalized_lag_blocks'), 'blocks'],
				),
				lines(
					{
						title: 'Age of the L1 tip',
						description: 'Now minus its time: it saws between 0 and the slot of L1.',
						unit: 's',
					},
					[`time() - ${of('vigil_l1_tip_timestamp_seconds')}`, 'age'],
				),
			],
		},
	],
}
