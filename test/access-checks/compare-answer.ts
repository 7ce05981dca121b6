import { isDeepStrictEqual } from 'node:util'
import { errorCode, ProtocolError } from '../../src/protocol/errors.js'
import { errorClass } from '../scenarios/error-class.js'
import type { Query, RecordedError } from './recorded-store.js'

/** The reference's one code for everything that is wrong with a message; Vigil says which it is. */
const ANY_REFUSAL = -320600

/** Codes that say why a message cannot be executed (protocol notes, "Error codes"). */
const REFUSALS = new Set([-320600, -321401, -320500, -320501])

/** Methods whose recorded answers tell the last event of each chain, not the store (test/vectors/contains/README.md). */
const NOT_FROM_THE_STORE = new Set(['syncStatus'])

/** What is different between a recorded answer and Vigil's. Undefined if nothing is. */
export function differenceToAnswer(
	query: Query,
	answer: { readonly value: unknown } | { readonly error: Error },
): string | undefined {
	const { error } = query
	if ('error' in answer) {
		const { name, message } = answer.error
		const code = errorCode(answer.error)
		if (error === undefined) return `refused with ${code} ${name}: ${message}; the recording has no error`
		if (!(answer.error instanceof ProtocolError) && query.type !== 'rpc') return `fault: ${name}: ${message}`
		return differenceOfErrors(query, error, code, answer.error)
	}
	if (error !== undefined)
		return `answered ${JSON.stringify(answer.value)}; the recording has ${error.class ?? error.code} ${error.message}`
	if (query.type === 'checkAccessList') return undefined
	if (query.type === 'rpc' && NOT_FROM_THE_STORE.has(query.method)) return undefined
	const value: unknown = JSON.parse(JSON.stringify(answer.value))
	if (isDeepStrictEqual(value, query.result)) return undefined
	return `answered ${JSON.stringify(value)}, recorded ${JSON.stringify(query.result)}`
}

function differenceOfErrors(
	query: Query,
	recorded: RecordedError,
	code: number,
	error: Error,
): string | undefined {
	const found = `refused with ${code} ${error.message}; the recording has ${recorded.class ?? recorded.code}`
	switch (query.type) {
		case 'contains':
			return errorClass(error) === recorded.class && code === recorded.code ? undefined : found
		case 'checkAccessList': {
			const isSame = code === recorded.code || (recorded.code === ANY_REFUSAL && REFUSALS.has(code))
			return isSame ? undefined : found
		}
		case 'rpc':
			return errorClass(error) === recorded.class ? undefined : found
	}
}
