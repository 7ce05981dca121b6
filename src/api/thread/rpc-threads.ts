import type { Logger } from 'pino'
import type { RpcServer } from '../rpc-server.js'
import type { EarlyRpcWorker } from './early-rpc-worker.js'
import type { MainAnswersModules } from './main-answers.js'
import type { RpcThreadData } from './rpc-messages.js'
import { RpcThread, type RpcThreadModules } from './rpc-thread.js'

/** What differs among threads that serve the same port. */
export type RpcThreadPart = Pick<RpcThreadData, 'figures'> & Pick<RpcThreadModules, 'count'>

/** RPC threads that share a port: the system spreads new connections among them. They begin to load their code at once. */
export class RpcThreads {
	readonly #threads: readonly { readonly thread: RpcThread; readonly part: RpcThreadPart }[]

	/**
	 * @param parts one for each thread; more than one needs `canSharePort`
	 * @param early the first one, if it has begun already
	 */
	constructor(modules: { readonly log: Logger }, parts: readonly RpcThreadPart[], early?: EarlyRpcWorker) {
		this.#threads = parts.map((part, index) => {
			const counting = part.count === undefined ? {} : { count: part.count }
			return { part, thread: new RpcThread({ ...modules, ...counting }, index === 0 ? early : undefined) }
		})
	}

	/** Resolves when all listen. The store must be there. @throws RpcStartError */
	async serve(data: Omit<RpcThreadData, 'figures'>, modules: MainAnswersModules): Promise<RpcServer> {
		let bound = { addr: '', port: data.server.port }
		// One after the other: the first one may choose the port.
		for (const { thread, part } of this.#threads) {
			const figures = part.figures === undefined ? {} : { figures: part.figures }
			const shared = thread === this.#threads[0]?.thread ? ('first' as const) : ('too' as const)
			const sharing = this.#threads.length === 1 ? {} : { sharesPort: shared }
			const server = { ...data.server, port: bound.port, ...sharing }
			bound = await thread.serve({ ...data, ...figures, server }, modules)
		}
		return { ...bound, close: () => this.close() }
	}

	async close(): Promise<void> {
		await Promise.all(this.#threads.map(({ thread }) => thread.close()))
	}
}
