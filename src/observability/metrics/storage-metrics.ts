import { SHORT_SECONDS } from './buckets.js'
import type { MetricRegister } from './metric-register.js'

/** LMDB and the disk under it. */
export function storageMetrics(register: MetricRegister) {
	const group = register.group('Storage')
	const labels = ['environment'] as const
	return {
		used: group.gauge('vigil_storage_used_bytes', 'Pages of an LMDB environment that were ever used', labels),
		map: group.gauge(
			'vigil_storage_map_bytes',
			'Address space of the environment; it grows by itself',
			labels,
		),
		readers: group.gauge(
			'vigil_storage_readers',
			'Reader slots in use, of all threads and processes',
			labels,
		),
		maxReaders: group.gauge('vigil_storage_readers_max', 'Reader slots that there are', labels),
		snapshots: group.gauge('vigil_storage_open_snapshots', 'Snapshots that the main thread holds'),
		transactionSeconds: group.histogram(
			'vigil_storage_transaction_duration_seconds',
			'Time of a write transaction until it is durable, by writer: main, cross-safety, index (the log blocks of a task)',
			SHORT_SECONDS,
			['writer'],
		),
		writeFailures: group.counter(
			'vigil_storage_write_failures_total',
			'Transactions that could not be written',
		),
		writeFault: group.gauge('vigil_storage_write_fault', 'Whether nothing can be written at the moment'),
		diskFree: group.gauge('vigil_disk_free_bytes', 'Free space on the disk of the data directory'),
		diskSize: group.gauge('vigil_disk_size_bytes', 'Size of the disk of the data directory'),
	}
}

export type StorageMetrics = ReturnType<typeof storageMetrics>
