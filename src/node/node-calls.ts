import { MalformedValueError } from '../protocol/errors.js'
import type { CallOptions } from './call-table.js'
import { NodeBlockNotFoundError, NodeProtocolError, NodeRpcError } from './errors.js'
import type { NodeClient } from './node-client.js'
import type { NodeMethod } from './node-methods.js'

/** JSON-RPC's "method not found". */
const METHOD_NOT_FOUND = -32601

/**
 * Typed calls over a client, for whoever needs no events: index workers make theirs over connections of their own.
 *
 * @example
 * const ref = await new NodeCalls({ client }).call(nodeMethods.l2BlockRefByNumber, [12])
 */
export class NodeCalls {
	/** Methods that this node knows by their other spelling. */
	readonly #spelledOtherwise = new Set<string>()

	constructor(
		private readonly modules: {
			readonly client: NodeClient
			/** Is told of each call of `call` when it has ended, with the error if it has failed. */
			readonly onCall?: (method: string, seconds: number, error?: unknown) => void
		},
	) {}

	/**
	 * Calls a method of the table and reads its result.
	 * @throws NodeBlockNotFoundError if a lookup is answered with "not found"
	 * @throws NodeProtocolError if the result is not of the form that it must have
	 * @throws as NodeClient.call does
	 */
	async call<Params extends readonly unknown[], Result>(
		method: NodeMethod<Params, Result>,
		params: Params,
		options?: CallOptions,
	): Promise<Result> {
		const { onCall } = this.modules
		if (onCall === undefined) return this.#call(method, params, options)
		const started = performance.now()
		const seconds = () => (performance.now() - started) / 1_000
		try {
			const result = await this.#call(method, params, options)
			onCall(method.method, seconds())
			return result
		} catch (error) {
			onCall(method.method, seconds(), error)
			throw error
		}
	}

	async #call<Params extends readonly unknown[], Result>(
		method: NodeMethod<Params, Result>,
		params: Params,
		options: CallOptions | undefined,
	): Promise<Result> {
		const { client } = this.modules
		const result = await this.#spelled(method, (name) => client.call(name, method.encode(...params), options))
		try {
			return method.parse(result)
		} catch (error) {
			if (!(error instanceof MalformedValueError)) throw error
			throw new NodeProtocolError(client.url, `answer to ${method.method}: ${error.message}`, {
				cause: error,
			})
		}
	}

	/**
	 * Calls a method of the table and has the whole frame of its answer read, see NodeClient.callRaw.
	 * @throws NodeBlockNotFoundError if a lookup is answered with "not found"
	 */
	callRaw<Params extends readonly unknown[], T>(
		method: NodeMethod<Params, unknown>,
		params: Params,
		read: (frame: Buffer) => T,
		options?: CallOptions,
	): Promise<T> {
		return this.#spelled(method, (name) =>
			this.modules.client.callRaw(name, method.encode(...params), read, options),
		)
	}

	async #spelled<T>(
		method: Pick<NodeMethod<readonly unknown[], unknown>, 'method' | 'otherSpelling' | 'isLookup'>,
		send: (name: string) => Promise<T>,
	): Promise<T> {
		const { method: name, otherSpelling } = method
		try {
			if (otherSpelling === undefined) return await send(name)
			const isOther = this.#spelledOtherwise.has(name)
			try {
				return await send(isOther ? otherSpelling : name)
			} catch (error) {
				if (!(error instanceof NodeRpcError) || error.code !== METHOD_NOT_FOUND) throw error
				// Both directions: the node behind the address may have been exchanged for another version.
				const result = await send(isOther ? name : otherSpelling)
				if (isOther) this.#spelledOtherwise.delete(name)
				else this.#spelledOtherwise.add(name)
				return result
			}
		} catch (error) {
			throw method.isLookup ? asNotFound(error) : error
		}
	}
}

/** Nodes say that a block is missing only in the text of an error (protocol notes, "Calls"). */
function asNotFound(error: unknown): unknown {
	if (!(error instanceof NodeRpcError) || error.code === METHOD_NOT_FOUND) return error
	if (!error.reason.toLowerCase().includes('not found')) return error
	return new NodeBlockNotFoundError(error.url, error.method, error.code, error.reason, error.data)
}
