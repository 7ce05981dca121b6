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
	/** A short rendering: the value itself can be of any size and must not get into logs through the error. */
	readonly found: string

	constructor(
		readonly field: string,
		readonly expected: string,
		found: unknown,
	) {
		super(`invalid ${field}`, `expected ${expected}, found ${describe(found)}`)
		this.found = describe(found)
	}
}

/** Contradicts what is known. */
export class ConflictError extends ProtocolError {
	readonly code = -320600
	constructor(detail: string, options?: ErrorOptions) {
		super('conflicting data', detail, options)
	}
}

/** Not known yet; ask again later. */
export class FutureDataError extends ProtocolError {
	readonly code = -321401
	constructor(detail: string, options?: ErrorOptions) {
		super('future data', detail, options)
	}
}

/** The store holds something that it cannot have written. */
export class DataCorruptionError extends ProtocolError {
	readonly code = -321501
	constructor(detail: string, options?: ErrorOptions) {
		super('data corruption', detail, options)
	}
}

/** A chain outside of the dependency set. */
export class UnknownChainError extends ProtocolError {
	readonly code = -320501
	/** @param prefix what was asked of the chain */
	constructor(chainId: bigint, prefix = '') {
		super('unknown chain', `${prefix}${chainId} is not in the dependency set`)
	}
}

/** The chain has no first block yet: its genesis or activation block is not known. */
export class UninitializedError extends ProtocolError {
	readonly code = -320400
	constructor(detail = '', options?: ErrorOptions) {
		super('uninitialized chain database', detail, options)
	}
}

/** Asked for something before the first block of the store. */
export class SkippedDataError extends ProtocolError {
	readonly code = -320500
	constructor(detail = '', options?: ErrorOptions) {
		super('skipped data', detail, options)
	}
}

/** A link that repeats what is known; harmless. */
export class IneffectiveDataError extends ProtocolError {
	readonly code = -320601
	constructor(detail = '', options?: ErrorOptions) {
		super('ineffective data', detail, options)
	}
}

/** A link that does not continue the last one. */
export class OutOfOrderError extends ProtocolError {
	readonly code = -320900
	constructor(detail = '', options?: ErrorOptions) {
		super('data out of order', detail, options)
	}
}

/** The chain stands still until its invalidated block is replaced. */
export class AwaitingReplacementError extends ProtocolError {
	readonly code = -320901
	constructor(detail = '', options?: ErrorOptions) {
		super('awaiting replacement block', detail, options)
	}
}

/** Ends an iteration early; never leaves the process. */
export class IterationStopError extends ProtocolError {
	readonly code = -321000
	constructor(detail = '', options?: ErrorOptions) {
		super('iter stop', detail, options)
	}
}

/** Known, but only after the L1 block up to which the question looks. */
export class OutOfScopeError extends ProtocolError {
	readonly code = -321100
	constructor(detail = '', options?: ErrorOptions) {
		super('out of scope', detail, options)
	}
}

/** The first block of the store has no parent there. */
export class PreviousToFirstError extends ProtocolError {
	readonly code = -321200
	constructor(detail = '', options?: ErrorOptions) {
		super('cannot get parent of first block in the database', detail, options)
	}
}

/** Walked past the place where the wanted data should have been. */
export class MissedDataError extends ProtocolError {
	readonly code = -321500
	constructor(detail = '', options?: ErrorOptions) {
		super('missed data', detail, options)
	}
}

/** A chain did not give its part of a grouped read, and the caller wants all or nothing. */
export class ClusterCallError extends ProtocolError {
	readonly code = -322000
	constructor(detail: string, options?: ErrorOptions) {
		super('cluster call failed', detail, options)
	}
}

/** Two cuts at the same time. */
export class AlreadyInvalidatingReadError extends ProtocolError {
	readonly code = -32602
	constructor(detail = '', options?: ErrorOptions) {
		super('already invalidating read', detail, options)
	}
}

/** A cut changed what was being read; ask again. */
export class InvalidatedReadError extends ProtocolError {
	readonly code = -32602
	constructor(detail = '', options?: ErrorOptions) {
		super('invalidated read', detail, options)
	}
}

/** A chain without any node. */
export class NoRpcSourceError extends ProtocolError {
	readonly code = -32602
	constructor(detail = '', options?: ErrorOptions) {
		super('no RPC client configured', detail, options)
	}
}

/** A cut that was asked for could not be made. */
export class RewindFailedError extends ProtocolError {
	readonly code = -32602
	constructor(detail = '', options?: ErrorOptions) {
		super('rewind failed', detail, options)
	}
}

/** No node gave the output of a block: all are down, too slow, or on another chain. Ask again later. */
export class OutputUnavailableError extends ProtocolError {
	readonly code = -32603
	constructor(detail: string, options?: ErrorOptions) {
		super('output not available', detail, options)
	}
}

/** Failsafe is on: no access list is accepted until an operator ends it. The message is fixed; clients compare it. */
export class FailsafeEnabledError extends ProtocolError {
	readonly code = -32602
	constructor() {
		super('failsafe is enabled, rejecting all CheckAccessList requests', '')
	}
}

/**
 * A log of the inbox that claims to be an executing message and cannot be read as one. The predeploy cannot emit
 * such a log, so the block that holds it is not indexed (protocol notes, "Messages").
 */
export class InvalidExecutingMessageError extends ProtocolError {
	readonly code = -32602
	constructor(
		readonly reason: string,
		readonly logIndex?: number,
	) {
		super('invalid executing message', logIndex === undefined ? reason : `log ${logIndex}: ${reason}`)
	}
}

/** What codes stand for when there is no error, and when the table has none for it. */
const NO_ERROR_CODE = 0
const OTHER_ERROR_CODE = -32602

/** The supervisor API's code for an outcome: the table's, 0 for none, -32602 for everything else. */
export function errorCode(outcome: unknown): number {
	if (outcome === undefined || outcome === null) return NO_ERROR_CODE
	return outcome instanceof ProtocolError ? outcome.code : OTHER_ERROR_CODE
}

/** A short, safe rendering of an untrusted value. */
function describe(value: unknown): string {
	if (typeof value === 'string') return JSON.stringify(value.length > 80 ? `${value.slice(0, 77)}...` : value)
	if (typeof value === 'bigint') return `${value}`
	if (typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined)
		return String(value)
	return Array.isArray(value) ? 'an array' : `a ${typeof value}`
}
