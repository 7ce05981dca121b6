import { readFileSync } from 'node:fs'
import { procStatusMb } from '../proc-status.js'

/** Anonymous memory has no high-water mark of its own: it is looked at this often. */
const MEMORY_INTERVAL_MS = 50
/** Linux counts CPU time for /proc in hundredths of a second, whatever the machine. */
const TICK_MS = 10
/** Places of user and system time in /proc/PID/stat, counted behind the name of the program. */
const USER_TIME = 11
const SYSTEM_TIME = 12

export interface ForeignMemory {
	/** Not of mapped files. */
	readonly peakAnonMb: number
	readonly peakRssMb: number
}

/** What another process spends, as /proc tells (Linux only). Measuring costs that process nothing. */
export class ForeignMeter {
	readonly #pid: number
	readonly #timer: NodeJS.Timeout
	#cpuMs = 0
	#peakAnonMb = 0
	#peakRssMb = 0

	constructor(pid: number) {
		this.#pid = pid
		this.#timer = setInterval(() => this.#lookAtMemory(), MEMORY_INTERVAL_MS)
		this.#timer.unref()
	}

	/** CPU time of all threads since the process started; of a process that has ended, what was seen last. */
	get cpuMs(): number {
		const stat = this.#read('stat')
		if (stat === undefined) return this.#cpuMs
		const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
		this.#cpuMs = (Number(fields[USER_TIME]) + Number(fields[SYSTEM_TIME])) * TICK_MS
		return this.#cpuMs
	}

	get memory(): ForeignMemory {
		this.#lookAtMemory()
		return { peakAnonMb: this.#peakAnonMb, peakRssMb: this.#peakRssMb }
	}

	stop(): void {
		clearInterval(this.#timer)
	}

	#lookAtMemory(): void {
		const status = this.#read('status')
		if (status === undefined) return
		this.#peakAnonMb = Math.max(this.#peakAnonMb, procStatusMb(status, 'RssAnon') ?? 0)
		this.#peakRssMb = Math.max(this.#peakRssMb, procStatusMb(status, 'VmHWM') ?? 0)
	}

	#read(file: string): string | undefined {
		try {
			return readFileSync(`/proc/${this.#pid}/${file}`, 'latin1')
		} catch {
			return undefined // The process has ended.
		}
	}
}
