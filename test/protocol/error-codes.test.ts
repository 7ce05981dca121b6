import { describe, expect, it } from 'vitest'
import { parseChainId } from '../../src/protocol/chain-id.js'
import * as errors from '../../src/protocol/errors.js'
import { loadVectors } from './load-vectors.js'

interface ErrorCase {
	name: string
	code: number
	error: string
}

/** The reference's names for Vigil's classes. */
const OUTCOMES: Record<string, Error | undefined> = {
	ErrAlreadyInvalidatingRead: new errors.AlreadyInvalidatingReadError(),
	ErrAwaitReplacementBlock: new errors.AwaitingReplacementError(),
	ErrConflict: new errors.ConflictError(''),
	ErrDataCorruption: new errors.DataCorruptionError(''),
	ErrFailsafeEnabled: new errors.FailsafeEnabledError(),
	ErrFuture: new errors.FutureDataError(''),
	ErrIneffective: new errors.IneffectiveDataError(),
	ErrInvalidatedRead: new errors.InvalidatedReadError(),
	ErrNoRPCSource: new errors.NoRpcSourceError(),
	ErrNotExact: new errors.MissedDataError(),
	ErrOutOfOrder: new errors.OutOfOrderError(),
	ErrOutOfScope: new errors.OutOfScopeError(),
	ErrPreviousToFirst: new errors.PreviousToFirstError(),
	ErrRewindFailed: new errors.RewindFailedError(),
	ErrSkipped: new errors.SkippedDataError(),
	ErrStop: new errors.IterationStopError(),
	ErrUninitialized: new errors.UninitializedError(),
	ErrUnknownChain: new errors.UnknownChainError(parseChainId('7', 'chain')),
	nil: undefined,
	other: new Error('x'),
}

describe('error table', () => {
	const { cases } = loadVectors<{ cases: ErrorCase[] }>('error-codes.json')

	it.each(cases)('$name: code $code', ({ name, code, error }) => {
		expect(Object.hasOwn(OUTCOMES, name)).toBe(true)
		const outcome = OUTCOMES[name]
		expect(errors.errorCode(outcome)).toBe(code)
		// A detail may follow, but the message begins with the words that clients look for.
		expect(outcome?.message.split(':')[0] ?? '').toBe(error)
		if (outcome instanceof errors.ProtocolError) expect(outcome.code).toBe(code)
	})

	it('has a class for every case', () => {
		expect(cases.map(({ name }) => name).toSorted()).toEqual(Object.keys(OUTCOMES).toSorted())
		expect(cases.length).toBe(20)
	})

	it('keeps the cause and says which class it is', () => {
		const cause = new Error('disk')
		const error = new errors.RewindFailedError('chain 901', { cause })
		expect(error).toMatchObject({ name: 'RewindFailedError', message: 'rewind failed: chain 901', cause })
	})
})
