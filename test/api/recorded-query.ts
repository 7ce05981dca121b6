import { isDeepStrictEqual } from 'node:util'

/** A question to the recorded supervisor, and what it said. */
export interface RecordedQuery {
	readonly name: string
	readonly request: { readonly method: string; readonly params: unknown[] }
	readonly answer: RecordedAnswer
}

interface RecordedAnswer {
	readonly result?: unknown
	readonly error?: { readonly code: number; readonly message: string }
}

/** Methods and namespaces that the recorded supervisor does not have. */
const ADDED_METHODS = new Set(['supervisor_crossUnsafe'])
const ADDED_MODULES = { cluster: '1.0', superroot: '1.0' }

/** What its texts say where it gives no code of the table, and the table's code (protocol notes, "Error codes"). */
const CODE_OF_WORDS: readonly (readonly [words: string, codes: readonly number[]])[] = [
	['future data', [-321401]],
	['skipped data', [-320500]],
	['conflicting data', [-320600]],
	['unknown chain', [-320501]],
	['did not reach genesis time', [-320500]],
	['not found', [-321401]],
]

/** For everything that is wrong with a message it has one code; Vigil says which it is. */
const CONFLICT = -320600
const REFUSALS = new Set([CONFLICT, -321401, -320500, -320501])
const NO_CODE = -32000

/** What differs from the recorded answer, apart from texts and the documented differences of codes. */
export function differenceToRecorded(
	{ request, answer: recorded }: RecordedQuery,
	answer: RecordedAnswer,
): string | undefined {
	if (ADDED_METHODS.has(request.method)) return undefined
	if (recorded.error === undefined) {
		const expected =
			request.method === 'rpc_modules'
				? { ...(recorded.result as object), ...ADDED_MODULES }
				: recorded.result
		if (answer.error === undefined && isDeepStrictEqual(answer.result, expected)) return undefined
		return `answered ${JSON.stringify(answer)}, recorded ${JSON.stringify(recorded.result)}`
	}
	if (answer.error === undefined)
		return `answered ${JSON.stringify(answer.result)}, recorded ${recorded.error.message}`
	return differenceOfErrors(recorded.error, answer.error)
}

function differenceOfErrors(
	recorded: { readonly code: number; readonly message: string },
	found: { readonly code: number; readonly message: string },
): string | undefined {
	const both = `refused with ${found.code} ${found.message}, recorded ${recorded.code} ${recorded.message}`
	if (recorded.code === CONFLICT) return REFUSALS.has(found.code) ? undefined : both
	if (recorded.code !== NO_CODE) return found.code === recorded.code ? undefined : both
	const match = CODE_OF_WORDS.find(([words]) => recorded.message.includes(words))
	if (match === undefined) return both
	const [words, codes] = match
	return codes.includes(found.code) && found.message.includes(words) ? undefined : both
}
