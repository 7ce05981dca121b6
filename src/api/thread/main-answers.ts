import type { ReadinessAnswer } from '../../observability/readiness-answer.js'
import { METHOD_NOT_FOUND, RequestError } from '../json-rpc.js'
import type { ApiContext, RpcMethod } from '../method.js'
import { Refusals } from '../refusals.js'
import { rpcMethods } from '../rpc-methods.js'
import { Turns } from '../turns.js'
import type { CallAnswer, MainAnswer, MainQuestion } from './rpc-messages.js'

/** What main answers from. */
export interface MainAnswersModules extends ApiContext {
	readonly readiness: () => ReadinessAnswer
}

/** Answers what the RPC thread asks. Who may call what, and how much, has been decided there. */
export class MainAnswers {
	readonly #modules: MainAnswersModules
	readonly #refusals: Refusals
	readonly #methods: ReadonlyMap<string, RpcMethod>
	/** What main has to do otherwise must not wait for callers. */
	readonly #turns = new Turns()

	constructor(modules: MainAnswersModules) {
		this.#modules = modules
		this.#refusals = new Refusals(modules)
		this.#methods = new Map(rpcMethods({ admin: true }).map((method) => [method.name, method]))
	}

	/** Never rejects. */
	async answer(question: MainQuestion): Promise<MainAnswer> {
		return question.kind === 'readiness' ? this.#modules.readiness() : this.#call(question)
	}

	async #call({
		method: name,
		params,
		client,
		isAdmin,
	}: Extract<MainQuestion, { kind: 'call' }>): Promise<CallAnswer> {
		try {
			const method = this.#methods.get(name)
			if (method === undefined) throw new RequestError(METHOD_NOT_FOUND, `there is no method ${name}`)
			const values = JSON.parse(params) as unknown[]
			const caller = { client, isAdmin }
			const result = await this.#turns.run(client, () => method.call(this.#modules, values, caller))
			return { result: JSON.stringify(result ?? null) }
		} catch (error) {
			return { error: this.#refusals.of(error, name) }
		}
	}
}
