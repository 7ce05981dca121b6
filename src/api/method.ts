import { MalformedValueError } from '../protocol/errors.js'
import { INVALID_PARAMS, RequestError } from './json-rpc.js'
import type { SupervisorReader } from './supervisor-reader.js'

/** What handlers work with. */
export interface ApiContext {
	readonly reader: SupervisorReader
}

/** A positional parameter: its name in messages and how its JSON value is read (a parser of `src/protocol`). */
export interface Param<T> {
	readonly name: string
	/** @throws MalformedValueError naming `field`. */
	readonly parse: (value: unknown, field: string) => T
}

/** A method of the API, ready to be called with untrusted parameters. */
export interface RpcMethod {
	readonly name: string
	/** The result is JSON as `JSON.stringify` takes it. */
	readonly call: (context: ApiContext, params: readonly unknown[]) => unknown
}

type Arguments<P extends readonly Param<unknown>[]> = {
	-readonly [I in keyof P]: P[I] extends Param<infer T> ? T : never
}

/**
 * Declares a method: one entry in the table of its namespace.
 *
 * @example
 * method('supervisor_localUnsafe', [chainParam], ({ reader }, chainId) => reader.localUnsafe(chainId))
 */
export function method<const P extends readonly Param<unknown>[]>(
	name: string,
	params: P,
	handle: (context: ApiContext, ...args: Arguments<P>) => unknown,
): RpcMethod {
	return {
		name,
		call: (context, values) => handle(context, ...(parseArguments(params, values) as Arguments<P>)),
	}
}

function parseArguments(params: readonly Param<unknown>[], values: readonly unknown[]): unknown[] {
	if (values.length > params.length) {
		throw new RequestError(INVALID_PARAMS, `too many arguments, want at most ${params.length}`)
	}
	return params.map((param, index) => {
		const value = values[index]
		if (value === undefined || value === null) {
			throw new RequestError(INVALID_PARAMS, `missing value for required argument ${index} (${param.name})`)
		}
		try {
			return param.parse(value, param.name)
		} catch (error) {
			if (!(error instanceof MalformedValueError)) throw error
			throw new RequestError(INVALID_PARAMS, `invalid argument ${index}: ${error.message}`)
		}
	})
}
