import type { ThreadFigures } from '../thread-figures.js'
import type { MetricRegister } from './metric-register.js'

/** The figures of each thread that tells them: main, index-0 and so on, cross-safety, rpc-0 and so on. */
export class ThreadMetrics {
	readonly #threads = new Map<string, ThreadFigures>()
	readonly #memory
	readonly #active
	readonly #gcs
	readonly #gcSeconds

	constructor(register: MetricRegister) {
		const group = register.group('Threads')
		this.#memory = group.gauge(
			'vigil_thread_memory_bytes',
			'Memory of a thread by kind: heap_used, heap_total, external, array_buffers (of external)',
			['thread', 'kind'],
		)
		this.#active = group.counter(
			'vigil_thread_active_seconds_total',
			'Time that the event loop of a thread was not idle; its rate is how busy the thread is',
			['thread'],
		)
		this.#gcs = group.counter(
			'vigil_thread_gc_runs_total',
			'Garbage collections of a thread by kind: minor, major, incremental, weak_callbacks',
			['thread', 'kind'],
		)
		this.#gcSeconds = group.counter(
			'vigil_thread_gc_seconds_total',
			'Time that garbage collections of a thread took, by kind',
			['thread', 'kind'],
		)
		group.readHistogram(
			'vigil_thread_event_loop_delay_seconds',
			'How late timers of a thread are, measured every 20 ms',
			['thread'],
			() => [...this.#threads].map(([thread, figures]) => ({ labels: { thread }, ...figures.read().delay })),
		)
	}

	/** From now on the figures of a thread are served. */
	add(thread: string, figures: ThreadFigures): void {
		this.#threads.set(thread, figures)
	}

	refresh(): void {
		for (const metric of [this.#memory, this.#active, this.#gcs, this.#gcSeconds]) metric.reset()
		for (const [thread, figures] of this.#threads) {
			const { memoryBytes, activeSeconds, gc } = figures.read()
			for (const [kind, bytes] of Object.entries(memoryBytes)) this.#memory.set({ thread, kind }, bytes)
			this.#active.inc({ thread }, activeSeconds)
			for (const { kind, count, seconds } of gc) {
				this.#gcs.inc({ thread, kind }, count)
				this.#gcSeconds.inc({ thread, kind }, seconds)
			}
		}
	}
}
