import type { Logger } from 'pino'
import { workerFile } from '../package-root.js'
import type { ChainId } from '../protocol/chain-id.js'
import {
	type IndexRequest,
	type IndexResult,
	type IndexTask,
	type IndexTimings,
	type IndexWorkerData,
	NO_TIMINGS,
} from './index-task.js'
import { IndexThread } from './index-thread.js'

export interface IndexPoolModules {
	readonly log: Logger
	/** Is told of each task that a worker gave back, and how long it took from main and back. */
	readonly onTask?: (task: IndexTask, result: IndexResult, seconds: number) => void
	/** Where thread `index` writes down its figures. */
	readonly figures?: (index: number) => SharedArrayBuffer
}

/**
 * The index workers: one piscina pool of one thread each, so that a chain can be pinned to its threads. Records of
 * one chain written by one thread arrive in order, which is what fills LMDB's pages (docs/storage.md).
 */
export class IndexPool {
	readonly #threads: readonly IndexThread[]
	readonly #lanes: ReadonlyMap<ChainId, readonly number[]>
	readonly #jwtSecrets: Map<string, Uint8Array>
	#closed: Promise<void> | undefined
	readonly #onTask: IndexPoolModules['onTask']
	#timings = NO_TIMINGS

	constructor(
		options: {
			readonly threads: number
			readonly chains: readonly ChainId[]
			readonly workerData: IndexWorkerData
		},
		modules: IndexPoolModules,
	) {
		this.#onTask = modules.onTask
		this.#jwtSecrets = new Map(options.workerData.jwtSecrets)
		// A thread that is started later is given what has been added until then.
		const workerData = { ...options.workerData, jwtSecrets: this.#jwtSecrets }
		const file = workerFile('index-blocks')
		this.#threads = Array.from({ length: options.threads }, (_, index) => {
			const figures = modules.figures === undefined ? {} : { figures: modules.figures(index) }
			return new IndexThread({ file, index, workerData: { ...workerData, ...figures } }, modules)
		})
		this.#lanes = assignLanes(options.chains, options.threads)
	}

	/** Sums over all tasks so far. Tasks overlap, so `totalMs` may be longer than the time that has passed. */
	get timings(): IndexTimings {
		return this.#timings
	}

	/** Index tasks that each thread has in hand. */
	get tasksInHand(): readonly number[] {
		return this.#threads.map((thread) => thread.tasks)
	}

	/** How many threads serve this chain. */
	lanes(chainId: ChainId): number {
		return this.#lanes.get(chainId)?.length ?? 0
	}

	/** Runs a task on the chain's lane `lane` (counted modulo its lanes). */
	async index(task: IndexTask, lane: number): Promise<IndexResult> {
		const lanes = this.#lanes.get(task.chainId) ?? []
		const thread = this.#threads[lanes[lane % lanes.length] ?? 0]
		const asked = performance.now()
		const result = await thread?.run({ kind: 'index', task })
		if (result === undefined) throw new Error('the index workers are closed')
		this.#timings = addTimings(this.#timings, result.timings)
		this.#onTask?.(task, result, (performance.now() - asked) / 1_000)
		return result
	}

	/** From now on tasks can name this node. */
	async addNode(address: string, jwtSecret: Uint8Array): Promise<void> {
		this.#jwtSecrets.set(address, jwtSecret)
		await Promise.all(this.#threads.map((thread) => this.#tell(thread, { kind: 'node', address, jwtSecret })))
	}

	/** Makes running tasks of the chain end soon, with what they have finished. */
	async cancel(chainId: ChainId): Promise<void> {
		const lanes = this.#lanes.get(chainId) ?? []
		await Promise.all(lanes.map((lane) => this.#tell(this.#threads[lane], { kind: 'cancel', chainId })))
	}

	async #tell(thread: IndexThread | undefined, request: IndexRequest): Promise<void> {
		try {
			await thread?.run(request)
		} catch {
			// A thread that dies runs no task any more, and the next one knows all nodes. IndexThread tells of its death.
		}
	}

	/** Ends all tasks, closes the workers' connections and log environments, and stops the threads. */
	close(): Promise<void> {
		this.#closed ??= Promise.all(this.#threads.map((thread) => thread.close())).then(() => {})
		return this.#closed
	}
}

function addTimings(a: IndexTimings, b: IndexTimings): IndexTimings {
	return {
		totalMs: a.totalMs + b.totalMs,
		fetchMs: a.fetchMs + b.fetchMs,
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
