import type { Logger } from 'pino'
import { LastingThread } from '../../indexing/lasting-thread.js'
import type { RpcServer } from '../rpc-server.js'
import { type EarlyRpcWorker, RPC_ENTRY } from './early-rpc-worker.js'
import type { MainAnswers } from './main-answers.js'
import type { RpcCountsReport } from './rpc-counts.js'
import type { FromRpcThread, RpcThreadData, ToRpcThread } from './rpc-messages.js'

/** Where it listens. */
type Bound = Pick<RpcServer, 'addr' | 'port'>

/** The RPC thread cannot serve; the message says why, most often that it cannot listen where it should. */
export class RpcStartError extends Error {
	override readonly name = 'RpcStartError'
}

export interface RpcThreadModules {
	readonly log: Logger
	/** Told about once a second what has happened; undefined: the thread has ended, and its connections with it. */
	readonly count?: (counts: RpcCountsReport | undefined) => void
}

/**
 * A thread of the RPC server, started again when it dies: checks of access lists are answered there from the store,
 * and main's event loop has none of it, as they do not wait for main's. Main answers what nodes must be asked for, and
 * what changes the cluster. It is made early, because loading its code takes a quarter of a second.
 */
export class RpcThread {
	readonly #thread: LastingThread<ToRpcThread, FromRpcThread>
	readonly #modules: RpcThreadModules
	#answers: MainAnswers | undefined
	/** Of the first thread; later ones are not waited for. */
	#first: { readonly resolve: (server: Bound) => void; readonly reject: (error: Error) => void } | undefined
	#data: RpcThreadData | undefined

	/** @param early one that has begun to load its code */
	constructor(modules: RpcThreadModules, early?: EarlyRpcWorker) {
		this.#modules = modules
		this.#thread = new LastingThread(
			{ name: 'the RPC thread', entry: RPC_ENTRY },
			{
				log: modules.log,
				onMessage: (message, reply) => this.#onMessage(message, reply),
				onStart: () => this.#tellToServe(),
				onExit: () => this.#onExit(),
			},
		)
		this.#thread.start(early?.take())
	}

	/** Resolves when it listens. The store must be there. @throws RpcStartError */
	serve(data: RpcThreadData, answers: MainAnswers): Promise<Bound> {
		this.#data = data
		this.#answers = answers
		return new Promise((resolve, reject) => {
			this.#first = { resolve, reject }
			this.#tellToServe()
		})
	}

	/** Answers what is under way, within about a second, and ends the thread. */
	close(): Promise<void> {
		return this.#thread.close({ kind: 'close' })
	}

	#tellToServe(): void {
		if (this.#data !== undefined) this.#thread.send({ kind: 'serve', data: this.#data })
	}

	#onExit(): void {
		this.#modules.count?.(undefined)
		this.#failFirst('the RPC thread ended before it served; the log says why')
	}

	#failFirst(reason: string): void {
		this.#first?.reject(new RpcStartError(reason))
		this.#first = undefined
	}

	#onMessage(message: FromRpcThread, reply: (answer: ToRpcThread) => void): void {
		switch (message.kind) {
			case 'question':
				void this.#answers
					?.answer(message.question)
					.then((answer) => reply({ kind: 'answer', id: message.id, answer }))
				break
			case 'counts':
				this.#modules.count?.(message.counts)
				break
			case 'listening':
				// One that is started again takes the port that clients know.
				this.#data = onPort(this.#data, message.port)
				this.#first?.resolve({ addr: message.addr, port: message.port })
				this.#first = undefined
				break
			case 'not-listening':
				if (this.#first === undefined)
					this.#modules.log.error({ reason: message.error }, 'the RPC thread cannot serve')
				this.#failFirst(message.error)
		}
	}
}

function onPort(data: RpcThreadData | undefined, port: number): RpcThreadData | undefined {
	if (data === undefined) return undefined
	const { sharesPort, ...server } = data.server
	return { ...data, server: { ...server, port, ...(sharesPort === undefined ? {} : { sharesPort: 'too' }) } }
}
