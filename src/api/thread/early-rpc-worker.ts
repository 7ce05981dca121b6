import { Worker } from 'node:worker_threads'
import { workerFile } from '../../package-root.js'
import type { ToRpcThread } from './rpc-messages.js'

/** Of `workers`. */
export const RPC_ENTRY = 'serve-rpc'

/**
 * The worker of an RPC thread, which loads its code before it is known what it will have to do, and while main loads its
 * own: it is made before anything that takes time is imported.
 */
export class EarlyRpcWorker {
	#worker: Worker | undefined
	readonly #ended = () => {
		this.#worker = undefined
	}

	constructor() {
		// Whoever takes it would start another one in its place, and hears why that one dies.
		this.#worker = new Worker(workerFile(RPC_ENTRY)).on('error', this.#ended).on('exit', this.#ended)
	}

	/** Gives it away, once; undefined if it has died. */
	take(): Worker | undefined {
		const worker = this.#worker?.off('error', this.#ended).off('exit', this.#ended)
		this.#worker = undefined
		return worker
	}

	/** Ends it if nobody has taken it. */
	async close(): Promise<void> {
		const worker = this.take()
		if (worker === undefined) return
		const exited = new Promise((resolve) => worker.on('error', () => {}).once('exit', resolve))
		worker.postMessage({ kind: 'close' } satisfies ToRpcThread)
		await exited
	}
}
