import { SHORT_SECONDS } from './buckets.js'
import type { MetricRegister } from './metric-register.js'

/** What goes through the log index, and where the time of the index workers goes. */
export function indexingMetrics(register: MetricRegister) {
	const throughput = register.group('Throughput')
	const pool = register.group('Index workers')
	return {
		blocks: throughput.counter('vigil_indexed_blocks_total', 'Blocks indexed and sealed', ['chain']),
		logs: throughput.counter('vigil_indexed_logs_total', 'Logs of sealed blocks', ['chain']),
		executingMessages: throughput.counter(
			'vigil_indexed_executing_messages_total',
			'Executing messages of sealed blocks',
			['chain'],
		),
		receiptBytes: throughput.counter(
			'vigil_indexed_receipts_bytes_total',
			'Receipts of sealed blocks, as the nodes sent them',
			['chain'],
		),
		tasks: pool.counter(
			'vigil_index_tasks_total',
			'Tasks that index workers gave back, by outcome: ok, or why they ended early (cancelled, not-found, broken-run, storage, node)',
			['chain', 'outcome'],
		),
		taskSeconds: pool.histogram(
			'vigil_index_task_duration_seconds',
			'Time of a task of at most 64 blocks, from main and back',
			SHORT_SECONDS,
			['chain'],
		),
		stageSeconds: pool.histogram(
			'vigil_index_stage_duration_seconds',
			'Mean time of a block of a task by stage: fetch (until the receipts are there), decode (parse and hash, one pass), pack, write (its share of the transaction)',
			SHORT_SECONDS,
			['stage'],
		),
		sealSeconds: pool.histogram(
			'vigil_seal_duration_seconds',
			'Time of sealing a run of blocks, waiting for the disk included',
			SHORT_SECONDS,
			['chain'],
		),
		threads: pool.gauge('vigil_index_threads', 'Index worker threads'),
		threadsBusy: pool.gauge('vigil_index_threads_busy', 'Index worker threads that have a task'),
		tasksInFlight: pool.gauge('vigil_index_tasks_in_flight', 'Tasks that a worker has in hand', ['thread']),
		blocksBehind: pool.gauge(
			'vigil_index_blocks_behind',
			'Announced blocks that are not indexed and sealed yet',
			['chain'],
		),
		rangesInFlight: pool.gauge(
			'vigil_index_ranges_in_flight',
			'Ranges of at most 64 blocks that are being indexed or wait to be sealed',
			['chain'],
		),
	}
}

export type IndexingMetrics = ReturnType<typeof indexingMetrics>
