import type { CommandIo } from './command-io.js'
import { NotBuiltError } from './not-built-error.js'

export interface DemoOptions {
	/** A recording file instead of the embedded one. */
	readonly recording?: string
}

/** `vigil demo`: indexes a replayed recording and compares the heads. Resolves with the exit code. */
export async function demoCommand(_options: DemoOptions, _io: CommandIo): Promise<number> {
	throw new NotBuiltError('demo')
}
