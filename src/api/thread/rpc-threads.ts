import type { Logger } from 'pino'
import type { RpcServer, RpcServerOptions } from '../rpc-server.js'
import type { EarlyRpcWorker } from './early-rpc-worker.js'
import { MainAnswers, type MainAnswersModules } from './main-answers.js'
import type { RpcThreadData } from './rpc-messages.js'
import { RpcThread, type RpcThreadModules } from './rpc-thread.js'

/** What differs among threads that serve the same port. */
export type RpcThreadPart = Pick<RpcThreadData, 'figures'> & Pick<RpcThreadModules, 'count'>

/** RPC threads that share a port: the system spreads new connections among them. They begin to load their code at once. */
export class RpcThreads {
	readonly #threads: readonly (Pick<RpcThreadData, 'figures'> & { readonly thread: RpcThread })[]

	/**
	 * @param parts one for each thread; more than one needs `canSharePort`
	 * @param early the first one, if it has begun already
	 */
	constructor(modules: { readonly log: Logger }, parts: readonly RpcThreadPart[], early?: EarlyRpcWorker) {
		this.#threads = parts.map(({ figures, ...counting }, index) => ({
			thread: new RpcThread({ ...modules, ...counting }, index === 0 ? early : undefined),
			...(figures === undefined ? {} : { figures }),
		}))
	}

	/** Resolves when all listen. The store must be there. @throws RpcStartError */
	async serve(data: Omit<RpcThreadData, 'figures'>, modules: MainAnswersModules): Promise<RpcServer> {
		// One for all: calls of all threads take turns in main.
		const answers = new MainAnswers(modules)
		const isShared = this.#threads.length > 1
		let bound = { addr: '', port: data.server.port }
		// One after the other: the first one may choose the port.
		for (const [index, { thread, figures }] of this.#threads.entries()) {
			const sharesPort = index === 0 ? 'first' : 'too'
			const server: RpcServerOptions = {
				...data.server,
				port: bound.port,
				...(isShared ? { sharesPort } : {}),
			}
			bound = await thread.serve({ ...data, ...(figures === undefined ? {} : { figures }), server }, answers)
		}
		return { ...bound, close: () => this.close() }
	}

	async close(): Promise<void> {
		await Promise.all(this.#threads.map(({ thread }) => thread.close()))
	}
}
