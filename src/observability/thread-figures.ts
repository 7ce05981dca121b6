import { constants, type PerformanceEntry, PerformanceObserver, performance } from 'node:perf_hooks'
import type { CountedHistogram } from './metrics/metric-register.js'

/** How often a thread looks how late its timers are: a delay that is shorter than this is not seen. */
const DELAY_INTERVAL_MS = 20
/** Memory is looked at this often, which costs some 10 us. */
const MEMORY_INTERVAL_MS = 1_000

const DELAY_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5] as const

export const MEMORY_KINDS = ['heap_used', 'heap_total', 'external', 'array_buffers'] as const
export const GC_KINDS = ['minor', 'major', 'incremental', 'weak_callbacks'] as const

type MemoryKind = (typeof MEMORY_KINDS)[number]
type GcKind = (typeof GC_KINDS)[number]

const GC_KIND_OF: ReadonlyMap<number, GcKind> = new Map([
	[constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
	[constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
	[constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
	[constants.NODE_PERFORMANCE_GC_WEAKCB, 'weak_callbacks'],
])

/** Where each figure stands in the shared memory. */
const MEMORY_AT = 0
const ACTIVE_AT = MEMORY_AT + MEMORY_KINDS.length
const DELAY_SUM_AT = ACTIVE_AT + 1
const DELAYS_AT = DELAY_SUM_AT + 1
const GC_COUNT_AT = DELAYS_AT + DELAY_SECONDS.length + 1
const GC_SECONDS_AT = GC_COUNT_AT + GC_KINDS.length
const LENGTH = GC_SECONDS_AT + GC_KINDS.length

/** How a thread was at its last look. */
export interface ThreadReading {
	readonly memoryBytes: Readonly<Record<MemoryKind, number>>
	/** Seconds that its event loop was not idle. */
	readonly activeSeconds: number
	readonly delay: Omit<CountedHistogram, 'labels'>
	readonly gc: readonly { readonly kind: GcKind; readonly count: number; readonly seconds: number }[]
}

/**
 * The figures of one thread in memory that it shares with the main thread: the thread writes them down now and then,
 * and main reads them at a scrape. So no message is sent, and a thread that is busy keeps nobody waiting.
 */
export class ThreadFigures {
	readonly #figures: Float64Array

	/** @param buffer as made by `allocate`, by whichever thread */
	constructor(readonly buffer: SharedArrayBuffer) {
		this.#figures = new Float64Array(buffer)
	}

	static allocate(): ThreadFigures {
		return new ThreadFigures(new SharedArrayBuffer(LENGTH * Float64Array.BYTES_PER_ELEMENT))
	}

	/** Writes down the figures of the calling thread until the returned function is called, or the thread ends. */
	watch(): () => void {
		// A thread that takes the place of a dead one counts from zero.
		this.#figures.fill(0)
		const delays = this.#watchDelay()
		const gc = new PerformanceObserver((list) => {
			for (const entry of list.getEntries()) this.#collected(entry)
		})
		gc.observe({ entryTypes: ['gc'] })
		const look = () => this.#look()
		look()
		const memory = setInterval(look, MEMORY_INTERVAL_MS).unref()
		return () => {
			clearInterval(delays)
			clearInterval(memory)
			gc.disconnect()
		}
	}

	read(): ThreadReading {
		const at = (index: number) => this.#figures[index] ?? 0
		let count = 0
		const buckets = DELAY_SECONDS.map((bound, index) => {
			count += at(DELAYS_AT + index)
			return [bound, count] as const
		})
		const [heap_used, heap_total, external, array_buffers] = MEMORY_KINDS.map((_, i) => at(MEMORY_AT + i))
		return {
			memoryBytes: {
				heap_used: heap_used ?? 0,
				heap_total: heap_total ?? 0,
				external: external ?? 0,
				array_buffers: array_buffers ?? 0,
			},
			activeSeconds: at(ACTIVE_AT),
			delay: { buckets, sum: at(DELAY_SUM_AT), count: count + at(DELAYS_AT + DELAY_SECONDS.length) },
			gc: GC_KINDS.map((kind, index) => ({
				kind,
				count: at(GC_COUNT_AT + index),
				seconds: at(GC_SECONDS_AT + index),
			})),
		}
	}

	#watchDelay(): NodeJS.Timeout {
		let expected = performance.now() + DELAY_INTERVAL_MS
		return setInterval(() => {
			const now = performance.now()
			const seconds = Math.max(0, now - expected) / 1_000
			expected = now + DELAY_INTERVAL_MS
			const bucket = DELAY_SECONDS.findIndex((bound) => seconds <= bound)
			this.#add(DELAYS_AT + (bucket < 0 ? DELAY_SECONDS.length : bucket), 1)
			this.#add(DELAY_SUM_AT, seconds)
		}, DELAY_INTERVAL_MS).unref()
	}

	#look(): void {
		const { heapUsed, heapTotal, external, arrayBuffers } = process.memoryUsage()
		this.#figures.set([heapUsed, heapTotal, external, arrayBuffers], MEMORY_AT)
		this.#figures[ACTIVE_AT] = performance.eventLoopUtilization().active / 1_000
	}

	#collected(entry: PerformanceEntry): void {
		// Node has this member, its types do not.
		const { detail } = entry as PerformanceEntry & { readonly detail?: { readonly kind?: number } }
		const kind = GC_KIND_OF.get(detail?.kind ?? -1)
		if (kind === undefined) return
		const index = GC_KINDS.indexOf(kind)
		this.#add(GC_COUNT_AT + index, 1)
		this.#add(GC_SECONDS_AT + index, entry.duration / 1_000)
	}

	#add(index: number, value: number): void {
		this.#figures[index] = (this.#figures[index] ?? 0) + value
	}
}
