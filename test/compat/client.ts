import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { buildPrograms, type GoModule } from '../cluster/go-programs.js'

const DIRECTORY = fileURLToPath(new URL('../../../test/compat/client/', import.meta.url))

const MODULE: GoModule<'compat'> = {
	name: 'the client',
	directory: DIRECTORY,
	sources: readdirSync(DIRECTORY)
		.filter((name) => name.endsWith('.go'))
		.sort(),
	packages: { compat: '.' },
}

/**
 * Builds the program that compares, or takes that of an earlier run. Most of what it needs was compiled for the peers.
 * @returns its path
 * @throws GoMissingError, GoBuildError, or the signal's reason
 */
export async function buildClient(say: (line: string) => void, signal: AbortSignal): Promise<string> {
	const { compat } = await buildPrograms(MODULE, say, signal)
	return compat
}
