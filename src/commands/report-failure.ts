import { ConfigFileError } from '../config/config-file-error.js'
import { OptionError } from '../config/option-error.js'
import { redactUrlsIn } from '../observability/redact-url.js'
import type { CommandIo } from './command-io.js'
import { EXIT_FAILURE, EXIT_USAGE } from './exit-codes.js'

/** Errors that the engine raises: a fault of the program, of which the stack is needed. */
const ENGINE_ERRORS = new Set([
	'Error',
	'TypeError',
	'RangeError',
	'ReferenceError',
	'SyntaxError',
	'EvalError',
])

/** Tells the user on `stderr` why a command failed, and returns the exit code. */
export function reportFailure(error: unknown, { stderr }: Pick<CommandIo, 'stderr'>): number {
	if (error instanceof OptionError) {
		stderr.write(`vigil: ${error.message.replaceAll('\n', '\nvigil: ')}\n`)
		stderr.write('vigil: "vigil start --help" lists all settings\n')
		return EXIT_USAGE
	}
	const text = redactUrlsIn(error instanceof Error ? failureText(error) : String(error))
	stderr.write(`vigil: ${text}\n`)
	return error instanceof ConfigFileError ? EXIT_USAGE : EXIT_FAILURE
}

/** Errors of Vigil's own classes and of the operating system speak for themselves. */
function failureText(error: Error): string {
	// A connection tried on several addresses fails with all their errors and no text of its own.
	if (error instanceof AggregateError && error.message === '') return error.errors.map(String).join('; ')
	const isOwn = !ENGINE_ERRORS.has(error.constructor.name)
	const isOfSystem = 'syscall' in error
	return isOwn || isOfSystem
		? error.message
		: `unforeseen error, please report it: ${error.stack ?? error.message}`
}
