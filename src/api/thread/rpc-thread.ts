import type { Logger } from 'pino'
import { LastingThread } from '../../indexing/lasting-thread.js'
import type { RpcServer } from '../rpc-server.js'
import { MainAnswers, type MainAnswersModules } from './main-answers.js'
import type { RpcCountsReport } from './rpc-counts.js'
import type { FromRpcThread, RpcWorkerData, ToRpcThread } from './rpc-messages.js'

/** The RPC thread cannot listen where it should; the message is that of its RpcListenError. */
export class RpcStartError extends Error {
	override readonly name = 'RpcStartError'
}

export interface RpcThreadModules extends MainAnswersModules {
	/** Told about once a second what has happened; undefined: the thread has ended, and its connections with it. */
	readonly count?: (counts: RpcCountsReport | undefined) => void
}

/**
 * The thread of the RPC server, started again when it dies: checks of access lists are answered there from the store,
 * and main's event loop has none of it, as they do not wait for main's. Main answers what nodes must be asked for, and
 * what changes the cluster.
 */
export class RpcThread implements RpcServer {
	readonly #thread: LastingThread<ToRpcThread, FromRpcThread>
	readonly #answers: MainAnswers
	readonly #log: Logger
	readonly #count: RpcThreadModules['count']
	readonly #listening: Promise<void>
	#settle: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined
	#addr = ''
	#port: number

	private constructor(data: RpcWorkerData, modules: RpcThreadModules) {
		this.#port = data.server.port
		this.#answers = new MainAnswers(modules)
		this.#log = modules.log
		this.#count = modules.count
		this.#listening = new Promise((resolve, reject) => {
			this.#settle = { resolve, reject }
		})
		this.#thread = new LastingThread(
			{
				name: 'the RPC thread',
				entry: 'serve-rpc',
				// One that is started again takes the port that clients know.
				workerData: (): RpcWorkerData => ({ ...data, server: { ...data.server, port: this.#port } }),
			},
			{
				log: modules.log,
				onMessage: (message, reply) => this.#onMessage(message, reply),
				onExit: () => this.#count?.(undefined),
			},
		)
		this.#thread.start()
	}

	/** Resolves when it listens. The store must be there. @throws RpcStartError */
	static async start(data: RpcWorkerData, modules: RpcThreadModules): Promise<RpcThread> {
		const thread = new RpcThread(data, modules)
		try {
			await thread.#listening
			return thread
		} catch (error) {
			await thread.close()
			throw error
		}
	}

	get addr(): string {
		return this.#addr
	}

	get port(): number {
		return this.#port
	}

	/** Answers what is under way, within about a second, and ends the thread. */
	close(): Promise<void> {
		return this.#thread.close({ kind: 'close' })
	}

	#onMessage(message: FromRpcThread, reply: (answer: ToRpcThread) => void): void {
		switch (message.kind) {
			case 'question':
				void this.#answers
					.answer(message.question)
					.then((answer) => reply({ kind: 'answer', id: message.id, answer }))
				break
			case 'counts':
				this.#count?.(message.counts)
				break
			case 'listening':
				this.#addr = message.addr
				this.#port = message.port
				this.#settle?.resolve()
				this.#settle = undefined
				break
			case 'not-listening':
				if (this.#settle === undefined)
					this.#log.error({ reason: message.error }, 'the RPC thread cannot serve')
				this.#settle?.reject(new RpcStartError(message.error))
		}
	}
}
