import { mkdirSync, mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GoMissingError } from './go-programs.js'

export const EXIT_OK = 0
export const EXIT_FAILED = 1
export const EXIT_USAGE = 2
/** Of its own, so that a script can leave the test out. */
const EXIT_NO_GO = 3

export function say(line: string): void {
	process.stdout.write(`${line}\n`)
}

/** Aborts when the user ends the test. */
export function interruption(): AbortSignal {
	const interrupt = new AbortController()
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
		process.once(signal, () => interrupt.abort(new Error(`${signal}: the test was ended`)))
	}
	return interrupt.signal
}

/**
 * The directory that was named, or a temporary one whose name begins so.
 * @throws Error if it is not empty: clusters and supervisors go on from what they find
 */
export function newDirectory(named: string | undefined, prefix: string): string {
	if (named === undefined) return mkdtempSync(join(tmpdir(), prefix))
	mkdirSync(named, { recursive: true })
	if (readdirSync(named).length > 0) throw new Error(`${named} is not empty: name a new directory`)
	return named
}

/** Runs a test that needs Go, and tells by the exit code what came of it. */
export async function runMain(main: () => Promise<number>): Promise<void> {
	try {
		process.exitCode = await main()
	} catch (error) {
		process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
		process.exitCode = error instanceof GoMissingError ? EXIT_NO_GO : EXIT_FAILED
	}
}
