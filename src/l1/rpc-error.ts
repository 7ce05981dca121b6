/** The `error` of a JSON-RPC answer. */
export interface RpcError {
	readonly code: number
	readonly message: string
}

/** Whether this is the `error` of an answer as JSON-RPC wants it. */
export function isRpcError(error: unknown): error is RpcError {
	return typeof member(error, 'code') === 'number' && typeof member(error, 'message') === 'string'
}

/** Reads an `error` that need not have the members that it should have. */
export function readRpcError(error: unknown): RpcError {
	const code = member(error, 'code')
	const message = member(error, 'message')
	return {
		code: typeof code === 'number' ? code : -32603,
		message: typeof message === 'string' ? message : 'an error without message',
	}
}

/** A member of a value that need not be an object. */
export function member(value: unknown, name: string): unknown {
	return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
