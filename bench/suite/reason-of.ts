import { readFile } from 'node:fs/promises'
import { UnexpectedEndError } from '../../test/cluster/processes.js'

/** How a program logs that it must end. */
const LAST_WORDS = /^panic:|^fatal error:|lvl=crit|"level":"?(?:60|fatal)\b/

/** Why a measurement failed. Of a process that has ended also what it said itself, as its log is removed. */
export async function reasonOf(error: unknown): Promise<string> {
	if (!(error instanceof UnexpectedEndError)) return error instanceof Error ? error.message : String(error)
	const { code, logFile } = error
	const lines = (await readFile(logFile, 'utf8')).split('\n').filter((line) => line !== '')
	const lastWords = lines.find((line) => LAST_WORDS.test(line)) ?? lines.at(-1) ?? 'nothing'
	return `ended by itself with code ${code}; its log says: ${lastWords}`
}
