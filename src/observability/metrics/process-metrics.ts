import { readdirSync } from 'node:fs'
import type { MetricRegister } from './metric-register.js'

/** The process, under the names that all exporters use. */
export class ProcessMetrics {
	readonly #cpu
	readonly #resident
	readonly #openFiles

	constructor(register: MetricRegister, { version }: { readonly version: string }) {
		const group = register.group('Process')
		group
			.gauge('vigil_build_info', 'Version of Vigil and of Node; always 1', ['version', 'node_version'])
			.set({ version, node_version: process.version }, 1)
		group
			.gauge('process_start_time_seconds', 'When the process started, since 1970')
			.set(Date.now() / 1_000 - process.uptime())
		this.#cpu = group.counter('process_cpu_seconds_total', 'CPU time of all threads')
		this.#resident = group.gauge('process_resident_memory_bytes', 'Resident memory, of all threads')
		this.#openFiles = group.gauge('process_open_fds', 'Open file descriptors; on Linux only')
	}

	refresh(): void {
		const { user, system } = process.cpuUsage()
		this.#cpu.reset()
		this.#cpu.inc((user + system) / 1e6)
		this.#resident.set(process.memoryUsage.rss())
		try {
			this.#openFiles.set(readdirSync('/proc/self/fd').length)
		} catch {
			// Not on Linux: it stays 0.
		}
	}
}
