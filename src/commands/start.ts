import type { Options } from '../config/options.js'
import type { CommandIo } from './command-io.js'
import { NotBuiltError } from './not-built-error.js'

/** `vigil start`: supervises the cluster until it is told to stop. Resolves with the exit code. */
export async function startCommand(_options: Options, _io: CommandIo): Promise<number> {
	throw new NotBuiltError('start')
}
