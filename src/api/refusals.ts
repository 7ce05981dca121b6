import type { Logger } from 'pino'
import { RateLimitedLog } from '../observability/rate-limited-log.js'
import { ProtocolError } from '../protocol/errors.js'
import { INTERNAL_ERROR, RequestError } from './json-rpc.js'

/** What callers learn of errors: those of the protocol say what they say; of others the caller learns nothing, the log all. */
export class Refusals {
	readonly #faults: RateLimitedLog

	constructor(modules: { readonly log: Logger }) {
		this.#faults = new RateLimitedLog({}, modules)
	}

	of(error: unknown, method: string): { readonly code: number; readonly message: string } {
		if (isForCaller(error)) return { code: error.code, message: error.message }
		this.#faults.log(
			'error',
			method,
			{ method, err: error },
			'RPC request failed for a reason inside of Vigil',
		)
		return { code: codeOf(error), message: 'internal error' }
	}
}

/** The JSON-RPC code of any error. */
export function codeOf(error: unknown): number {
	return isForCaller(error) ? error.code : INTERNAL_ERROR
}

function isForCaller(error: unknown): error is RequestError | ProtocolError {
	return error instanceof RequestError || error instanceof ProtocolError
}
