/**
 * The error table of the supervisor API (protocol notes, "Error codes"), one class per meaning. The message of
 * each begins with the table's words, because clients of the reference match on them.
 */
export abstract class ProtocolError extends Error {
	/** JSON-RPC code of the supervisor API. */
	abstract readonly code: number

	constructor(phrase: string, detail: string, options?: ErrorOptions) {
		super(detail === '' ? phrase : `${phrase}: ${detail}`, options)
		this.name = new.target.name
	}
}

/** Input from outside that is not of the form it must have. */
export class MalformedValueError extends ProtocolError {
	readonly code = -32602
	constructor(
		readonly field: string,
		readonly expected: string,
		readonly found: unknown,
	) {
		super(`invalid ${field}`, `expected ${expected}, found ${describe(found)}`)
	}
}

export class ConflictError extends ProtocolError {
	readonly code = -320600
	constructor(detail: string, options?: ErrorOptions) {
		super('conflicting data', detail, options)
	}
}

export class FutureDataError extends ProtocolError {
	readonly code = -321401
	constructor(detail: string, options?: ErrorOptions) {
		super('future data', detail, options)
	}
}

export class DataCorruptionError extends ProtocolError {
	readonly code = -321501
	constructor(detail: string, options?: ErrorOptions) {
		super('data corruption', detail, options)
	}
}

export class UnknownChainError extends ProtocolError {
	readonly code = -320501
	constructor(chainId: bigint) {
		super('unknown chain', `${chainId} is not in the dependency set`)
	}
}

/** A short, safe rendering of an untrusted value. */
function describe(value: unknown): string {
	if (typeof value === 'string') return JSON.stringify(value.length > 80 ? `${value.slice(0, 77)}...` : value)
	if (typeof value === 'bigint') return `${value}`
	if (typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined)
		return String(value)
	return Array.isArray(value) ? 'an array' : `a ${typeof value}`
}
