import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'
import { procStatusMb } from './proc-status.js'

/** Anonymous memory has no high-water mark of its own: it is looked at this often. */
const MEMORY_INTERVAL_MS = 50
/** The monitor's timer; a delay is what the timer is late. */
const LOOP_RESOLUTION_MS = 1
/** Written to clear_refs it resets the peak of the resident set (proc(5)). */
const RESET_PEAK = '5'

export interface ProcessCost {
	readonly cpuMs: number
	readonly userMs: number
	/** Of the main thread, of the busiest other threads (descending), and of all that are left. */
	readonly threadMs: { readonly main: number; readonly workers: readonly number[]; readonly rest: number }
	readonly peakRssMb: number
	readonly peakAnonMb: number
	readonly loopDelayMs: { readonly p50: number; readonly p99: number; readonly max: number }
}

/**
 * What this process spends from the construction on: CPU of all its threads, memory, delay of main's event loop.
 * Linux only: the figures come from /proc.
 */
export class ProcessMeter {
	readonly #cpu = process.cpuUsage()
	readonly #threads = threadCpuMs()
	readonly #loop: IntervalHistogram = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS })
	readonly #timer: NodeJS.Timeout
	#peakAnon = 0

	constructor() {
		writeFileSync('/proc/self/clear_refs', RESET_PEAK)
		this.#loop.enable()
		this.#timer = setInterval(() => this.#look(), MEMORY_INTERVAL_MS)
	}

	/** CPU time of all threads so far, in milliseconds. */
	get cpuMs(): number {
		const { user, system } = process.cpuUsage(this.#cpu)
		return (user + system) / 1000
	}

	/** Ends the measurement. @param workers how many threads are shown one by one. */
	stop(workers: number): ProcessCost {
		clearInterval(this.#timer)
		this.#loop.disable()
		this.#look()
		const { user, system } = process.cpuUsage(this.#cpu)
		const spent = [...threadCpuMs()].map(([id, ms]) => ({ id, ms: ms - (this.#threads.get(id) ?? 0) }))
		const main = spent.find(({ id }) => id === process.pid)?.ms ?? 0
		const others = spent.filter(({ id }) => id !== process.pid).map(({ ms }) => ms)
		others.sort((a, b) => b - a)
		const delay = (ns: number) => Math.max(0, ns / 1e6 - LOOP_RESOLUTION_MS)
		return {
			cpuMs: (user + system) / 1000,
			userMs: user / 1000,
			threadMs: { main, workers: others.slice(0, workers), rest: sum(others.slice(workers)) },
			peakRssMb: statusMb('VmHWM'),
			peakAnonMb: this.#peakAnon,
			loopDelayMs: {
				p50: delay(this.#loop.percentile(50)),
				p99: delay(this.#loop.percentile(99)),
				max: delay(this.#loop.max),
			},
		}
	}

	#look(): void {
		this.#peakAnon = Math.max(this.#peakAnon, statusMb('RssAnon'))
	}
}

function statusMb(field: string): number {
	return procStatusMb(readFileSync('/proc/self/status', 'latin1'), field) ?? Number.NaN
}

/** Time on a CPU of each thread that lives: the first figure of schedstat, in ns. */
function threadCpuMs(): Map<number, number> {
	const threads = new Map<number, number>()
	for (const id of readdirSync('/proc/self/task')) {
		try {
			const [onCpu] = readFileSync(`/proc/self/task/${id}/schedstat`, 'latin1').split(' ')
			threads.set(Number(id), Number(onCpu) / 1e6)
		} catch {
			// The thread has just ended; process.cpuUsage has its time all the same.
		}
	}
	return threads
}

function sum(values: readonly number[]): number {
	return values.reduce((total, value) => total + value, 0)
}
