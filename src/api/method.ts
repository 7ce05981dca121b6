import type { Logger } from 'pino'
import type { BlockId } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import { MalformedValueError } from '../protocol/errors.js'
import type { ClusterReads } from './cluster-reads.js'
import { INVALID_PARAMS, RequestError } from './json-rpc.js'
import type { Subscriber } from './subscriptions.js'
import type { SuperRoots } from './super-roots.js'
import type { SupervisorControl } from './supervisor-control.js'
import type { SupervisorReader } from './supervisor-reader.js'

/** Takes unsafe payloads for nodes that lack them. */
export interface PayloadRouter {
	/** @throws MalformedValueError, WrongPayloadError, UnknownPayloadError */
	post(chainId: ChainId, envelope: unknown): BlockId
}

/** What handlers work with. */
export interface ApiContext {
	readonly log: Logger
	readonly reader: SupervisorReader
	readonly superRoots: SuperRoots
	/** Missing in a process that only reads. */
	readonly control?: SupervisorControl
	/** Missing where the whole cluster cannot be read at once. */
	readonly cluster?: ClusterReads
	/** Missing where no unsafe blocks are routed. */
	readonly router?: PayloadRouter
	/** Of this program. */
	readonly version: string
}

/** Who calls. */
export interface Caller {
	/** Its address: callers of one address share the limits. */
	readonly client: string
	/** May call admin methods. */
	readonly isAdmin: boolean
	/** Takes notifications; only a WebSocket does. */
	readonly subscriber?: Subscriber
}

/** A positional parameter: its name in messages and how its JSON value is read (a parser of `src/protocol`). */
export interface Param<T> {
	readonly name: string
	/** Null is given to `parse` instead of being a missing argument. */
	readonly nullable?: true
	/** @throws MalformedValueError naming `field`. */
	readonly parse: (value: unknown, field: string) => T
}

/** A method of an API, ready to be called with untrusted parameters. `Context` is what its handlers work with. */
export interface RpcMethod<Context = ApiContext> {
	readonly name: string
	/** Only for callers that may. */
	readonly isAdmin?: true
	/** The answer depends on somebody else: a node, or the disk. */
	readonly waits?: true
	/** The result, or the promise of it, is JSON as `JSON.stringify` takes it, or a JsonText. */
	readonly call: (context: Context, params: readonly unknown[], caller: Caller) => unknown
}

/** What the parsers of some parameters make. */
export type Arguments<P extends readonly Param<unknown>[]> = {
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

/** Declares a method whose handler returns a promise. */
export function waitingMethod<const P extends readonly Param<unknown>[]>(
	name: string,
	params: P,
	handle: (context: ApiContext, ...args: Arguments<P>) => Promise<unknown>,
): RpcMethod {
	return { ...method(name, params, handle), waits: true }
}

/** @throws RequestError naming the argument that is wrong, missing, or one too many. */
export function parseArguments(params: readonly Param<unknown>[], values: readonly unknown[]): unknown[] {
	if (values.length > params.length) {
		throw new RequestError(INVALID_PARAMS, `too many arguments, want at most ${params.length}`)
	}
	return params.map((param, index) => {
		const value = values[index]
		if (value === undefined || (value === null && param.nullable !== true)) {
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
