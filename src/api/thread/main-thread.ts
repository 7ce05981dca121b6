import type { ReadinessAnswer } from '../../observability/readiness-answer.js'
import { INVALID_PARAMS, JsonText, RequestError } from '../json-rpc.js'
import type { Caller, RpcMethod } from '../method.js'
import type { CallAnswer, FromRpcThread, MainAnswer, MainQuestion } from './rpc-messages.js'

/** A main thread that says nothing for this long is stuck. */
const STUCK_AFTER_MS = 5_000

const STUCK: ReadinessAnswer = {
	status: 503,
	body: {
		status: 'not ready',
		reasons: [{ code: 'stuck', reason: `the main thread has not answered for ${STUCK_AFTER_MS / 1_000} s` }],
	},
}

/** The main thread, as the RPC thread sees it: who is asked what cannot be read from the store. */
export class MainThread {
	readonly #tell: (message: FromRpcThread) => void
	readonly #stuckAfterMs: number
	readonly #questions = new Map<number, (answer: MainAnswer) => void>()
	#readiness: Promise<ReadinessAnswer> | undefined
	#lastId = 0

	constructor(tell: (message: FromRpcThread) => void, options: { readonly stuckAfterMs?: number } = {}) {
		this.#tell = tell
		this.#stuckAfterMs = options.stuckAfterMs ?? STUCK_AFTER_MS
	}

	/** The same methods; those that wait for somebody are called there. */
	callsThere(methods: readonly RpcMethod[]): readonly RpcMethod[] {
		return methods.map((method) =>
			method.waits === true
				? { ...method, call: (_context, params, caller) => this.#call(method.name, params, caller) }
				: method,
		)
	}

	/** Whether the process is fit to be asked. One that is stuck is not. */
	async readiness(): Promise<ReadinessAnswer> {
		let timer: NodeJS.Timeout | undefined
		const stuck = new Promise<ReadinessAnswer>((resolve) => {
			timer = setTimeout(() => resolve(STUCK), this.#stuckAfterMs)
		})
		// One question for all who ask meanwhile: a main thread that is stuck answers none.
		this.#readiness ??= (this.#ask({ kind: 'readiness' }) as Promise<ReadinessAnswer>).finally(() => {
			this.#readiness = undefined
		})
		try {
			return await Promise.race([this.#readiness, stuck])
		} finally {
			clearTimeout(timer)
		}
	}

	/** Whether it answers at all. */
	async isAlive(): Promise<boolean> {
		return (await this.readiness()) !== STUCK
	}

	answered(id: number, answer: MainAnswer): void {
		this.#questions.get(id)?.(answer)
		this.#questions.delete(id)
	}

	/** @throws RequestError */
	async #call(method: string, params: readonly unknown[], { client, isAdmin }: Caller): Promise<JsonText> {
		const question = { kind: 'call', method, params: textOfParams(params), client, isAdmin } as const
		const answer = (await this.#ask(question)) as CallAnswer
		if ('error' in answer) throw new RequestError(answer.error.code, answer.error.message)
		return new JsonText(Buffer.from(answer.result))
	}

	#ask(question: MainQuestion): Promise<MainAnswer> {
		const id = ++this.#lastId
		return new Promise((resolve) => {
			this.#questions.set(id, resolve)
			this.#tell({ kind: 'question', id, question })
		})
	}
}

/** @throws RequestError */
function textOfParams(params: readonly unknown[]): string {
	try {
		return JSON.stringify(params)
	} catch {
		throw new RequestError(INVALID_PARAMS, 'invalid params: nested too deeply')
	}
}
