/** An id that can be given back exactly as it came. */
export type RequestId = string | number | null

export interface SuccessResponse {
	readonly jsonrpc: '2.0'
	readonly id: RequestId
	readonly result: unknown
}

export interface ErrorResponse {
	readonly jsonrpc: '2.0'
	readonly id: RequestId
	readonly error: { readonly code: number; readonly message: string }
}

export type Response = SuccessResponse | ErrorResponse

/** JSON-RPC's own error codes. */
export const PARSE_ERROR = -32700
export const INVALID_REQUEST = -32600
export const METHOD_NOT_FOUND = -32601
export const INVALID_PARAMS = -32602
export const INTERNAL_ERROR = -32603

/** As go-ethereum's server numbers them (EIP-1474 for the second). */
export const RESPONSE_TOO_LARGE = -32003
export const LIMIT_EXCEEDED = -32005

/** A request that cannot be served, with the code that the caller sees. */
export class RequestError extends Error {
	constructor(
		readonly code: number,
		message: string,
	) {
		super(message)
		this.name = 'RequestError'
	}
}

/** A result that is JSON already, such as one that was stored: it is passed on as it is, in UTF-8. */
export class JsonText {
	constructor(readonly bytes: Uint8Array) {}
}

/** An answer, or undefined if there is none. Bytes are UTF-8. */
export type AnswerText = string | Uint8Array | undefined

const SUCCESS_END = Buffer.from('}')

/** The text of an answer. One that is large is copied once, and never made a string. */
export function successText(id: RequestId, result: unknown): string | Uint8Array {
	if (!(result instanceof JsonText)) return JSON.stringify(success(id, result))
	const begin = Buffer.from(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":`)
	return Buffer.concat([begin, result.bytes, SUCCESS_END])
}

/** The same text as a string. */
export function textOf(answer: string | Uint8Array): string {
	return typeof answer === 'string'
		? answer
		: Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength).toString()
}

/** `result` as undefined becomes null: the member must be there. */
export function success(id: RequestId, result: unknown): SuccessResponse {
	return { jsonrpc: '2.0', id, result: result ?? null }
}

export function failure(id: RequestId, code: number, message: string): ErrorResponse {
	return { jsonrpc: '2.0', id, error: { code, message } }
}

/** A request of the right form. */
export interface Request {
	/** Undefined: a notification, which gets no answer. */
	readonly id: RequestId | undefined
	readonly method: string
	readonly params: readonly unknown[]
}

/**
 * Reads one request object.
 * @throws RequestError. An id that was readable is found by `readableId`.
 */
export function parseRequest(value: unknown): Request {
	if (typeof value !== 'object' || value === null || Array.isArray(value)) {
		throw new RequestError(INVALID_REQUEST, 'invalid request: expected an object')
	}
	const { jsonrpc, id, method, params } = value as Record<string, unknown>
	if (jsonrpc !== '2.0') throw new RequestError(INVALID_REQUEST, 'invalid request: "jsonrpc" must be "2.0"')
	if (typeof method !== 'string')
		throw new RequestError(INVALID_REQUEST, 'invalid request: "method" must be a string')
	if (id !== undefined && !isRequestId(id)) {
		throw new RequestError(
			INVALID_REQUEST,
			'invalid request: "id" must be a string, null or a number below 2^53',
		)
	}
	if (params !== undefined && params !== null && !Array.isArray(params)) {
		throw new RequestError(INVALID_PARAMS, 'params must be an array: parameters go by position')
	}
	return { id, method, params: params ?? [] }
}

/** The id for the answer to a request that was refused: null unless it can be given back. */
export function readableId(value: unknown): RequestId {
	if (typeof value !== 'object' || value === null) return null
	const id = (value as Record<string, unknown>).id
	return isRequestId(id) ? id : null
}

/** A number that JSON.parse rounded would answer a request that nobody made. */
function isRequestId(id: unknown): id is RequestId {
	if (typeof id === 'number') return Number.isInteger(id) ? Number.isSafeInteger(id) : Number.isFinite(id)
	return typeof id === 'string' || id === null
}
