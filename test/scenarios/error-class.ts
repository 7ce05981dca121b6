import {
	AwaitingReplacementError,
	ConflictError,
	FutureDataError,
	OutOfOrderError,
	ProtocolError,
	SkippedDataError,
	UnknownChainError,
} from '../../src/protocol/errors.js'

/** The recording's name for a refusal. Errors that are not the protocol's are faults, and thrown on. */
export function errorClass(error: unknown): string {
	if (error instanceof AwaitingReplacementError) return 'awaitingReplacement'
	if (error instanceof ConflictError) return 'conflict'
	if (error instanceof FutureDataError) return 'future'
	if (error instanceof OutOfOrderError) return 'outOfOrder'
	if (error instanceof SkippedDataError) return 'skipped'
	if (error instanceof UnknownChainError) return 'unknownChain'
	if (error instanceof ProtocolError) return 'other'
	throw error
}
