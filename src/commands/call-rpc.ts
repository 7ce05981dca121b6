import { BaseError, http, RpcRequestError } from 'viem'
import { redactUrl, redactUrlsIn } from '../observability/redact-url.js'

/** A call to a supervisor's RPC server failed. */
export class RpcCallError extends Error {
	constructor(
		readonly url: string,
		readonly method: string,
		readonly reason: string,
		/** The code of an answered error; undefined if there was no answer. */
		readonly code: number | undefined,
		options?: ErrorOptions,
	) {
		super(`${method} at ${redactUrl(url)}: ${reason}`, options)
		this.name = 'RpcCallError'
	}
}

const TIMEOUT_MS = 10_000
const MAX_ANSWER_BYTES = 16 * 1024 * 1024

/**
 * Calls a method of a supervisor's RPC server, once. The result is not checked.
 * @throws RpcCallError
 */
export async function callRpc(url: string, method: string, params: readonly unknown[]): Promise<unknown> {
	const transport = http(url, {
		retryCount: 0,
		timeout: TIMEOUT_MS,
		maxResponseBodySize: MAX_ANSWER_BYTES,
	})({})
	try {
		return await transport.request({ method, params })
	} catch (error) {
		const cause = error instanceof BaseError ? error.walk((each) => each instanceof RpcRequestError) : null
		const code = cause instanceof RpcRequestError ? cause.code : undefined
		throw new RpcCallError(url, method, reasonOf(error), code, { cause: error })
	}
}

/** viem's own text has many lines, with the URL and the request. */
function reasonOf(error: unknown): string {
	if (!(error instanceof BaseError)) return error instanceof Error ? error.message : String(error)
	return redactUrlsIn(error.details || error.shortMessage)
}
