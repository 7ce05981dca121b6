import { Piscina } from 'piscina'
import { workerFile } from '../package-root.js'
import type { ChainId } from '../protocol/chain-id.js'
import type { IndexRequest, IndexResult, IndexTask, IndexTimings, IndexWorkerData } from './index-task.js'

/**
 * Tasks are bounded per lane by the scheduler (chain-indexer.ts); the pool must never queue a task of its own,
 * because a cancel or close behind a full queue would wait for what it is to stop.
 */
const TASKS_PER_WORKER = 4096

/**
 * The index workers: one piscina pool of one thread each, so that a chain can be pinned to its threads. Records of
 * one chain written by one thread arrive in order, which is what fills LMDB's pages (docs/storage.md).
 */
export class IndexPool {
	readonly #workers: readonly Piscina<IndexRequest, IndexResult | undefined>[]
	readonly #lanes: ReadonlyMap<ChainId, readonly number[]>
	#closed: Promise<void> | undefined
	#timings: IndexTimings = { totalMs: 0, decodeMs: 0, packMs: 0, writeMs: 0, receiptBytes: 0 }

	constructor(options: { threads: number; chains: readonly ChainId[]; workerData: IndexWorkerData }) {
		const filename = workerFile('index-blocks').href
		this.#workers = Array.from(
			{ length: options.threads },
			() =>
				new Piscina<IndexRequest, IndexResult | undefined>({
					filename,
					minThreads: 1,
					maxThreads: 1,
					concurrentTasksPerWorker: TASKS_PER_WORKER,
					// A worker that sleeps in Atomics.wait would not answer pings on its sockets.
					atomics: 'disabled',
					workerData: options.workerData,
				}),
		)
		this.#lanes = assignLanes(options.chains, options.threads)
	}

	/** Sums over all tasks so far. Tasks overlap, so `totalMs` may be longer than the time that has passed. */
	get timings(): IndexTimings {
		return this.#timings
	}

	/** How many threads serve this chain. */
	lanes(chainId: ChainId): number {
		return this.#lanes.get(chainId)?.length ?? 0
	}

	/** Runs a task on the chain's lane `lane` (counted modulo its lanes). */
	async index(task: IndexTask, lane: number): Promise<IndexResult> {
		const lanes = this.#lanes.get(task.chainId) ?? []
		const worker = this.#workers[lanes[lane % lanes.length] ?? 0]
		const result = await worker?.run({ kind: 'index', task })
		if (result === undefined) throw new Error('the index worker gave no result')
		this.#timings = addTimings(this.#timings, result.timings)
		return result
	}

	/** Makes running tasks of the chain end soon, with what they have finished. */
	async cancel(chainId: ChainId): Promise<void> {
		const lanes = this.#lanes.get(chainId) ?? []
		await Promise.all(lanes.map((lane) => this.#workers[lane]?.run({ kind: 'cancel', chainId })))
	}

	/** Ends all tasks, closes the workers' connections and log environments, and stops the threads. */
	close(): Promise<void> {
		this.#closed ??= Promise.all(
			this.#workers.map(async (worker) => {
				await worker.run({ kind: 'close' })
				await worker.close()
			}),
		).then(() => {})
		return this.#closed
	}
}

function addTimings(a: IndexTimings, b: IndexTimings): IndexTimings {
	return {
		totalMs: a.totalMs + b.totalMs,
		decodeMs: a.decodeMs + b.decodeMs,
		packMs: a.packMs + b.packMs,
		writeMs: a.writeMs + b.writeMs,
		receiptBytes: a.receiptBytes + b.receiptBytes,
	}
}

/**
 * Spreads chains over threads. With as many chains as threads or more, each chain has one thread; with fewer,
 * each chain has several, so that no thread is idle.
 */
export function assignLanes(chains: readonly ChainId[], threads: number): Map<ChainId, number[]> {
	const lanes = new Map<ChainId, number[]>(chains.map((chainId) => [chainId, []]))
	for (let i = 0; i < Math.max(threads, chains.length); i++) {
		const chainId = chains[i % chains.length]
		if (chainId !== undefined) lanes.get(chainId)?.push(i % threads)
	}
	return lanes
}
