import { mkdirSync, mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { GoMissingError } from '../cluster/go-programs.js'
import { buildPeers } from '../cluster/peers.js'
import { buildClient } from './client.js'
import { compare } from './compare.js'
import { RECORDINGS, type RecordingName } from './recordings.js'

const USAGE = `usage: npm run test:compat -- [--recording NAME]... [--directory DIR] [--build]
  --recording   which to follow, of ${RECORDINGS.join(', ')}; all without it
  --directory   where data and logs go, empty or new; a new temporary directory without it
  --build       builds op-supervisor and the client and no more
`

const EXIT_OK = 0
const EXIT_DIFFERENT = 1
const EXIT_USAGE = 2
/** Of its own, so that a script can leave the test out. */
const EXIT_NO_GO = 3

/** Compares Vigil with op-supervisor on recordings: exits 0 if nothing differs that is not declared. */
async function main(): Promise<number> {
	const options = readOptions()
	if (options === undefined) {
		process.stderr.write(USAGE)
		return EXIT_USAGE
	}
	const interrupt = new AbortController()
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
		process.once(signal, () => interrupt.abort(new Error(`${signal}: the test was ended`)))
	}
	const peers = await buildPeers(say, interrupt.signal)
	const programs = { ...peers, compat: await buildClient(say, interrupt.signal) }
	if (options.build) return EXIT_OK
	const directory = dataDirectory(options.directory)
	say(`data and logs: ${directory}`)
	const different: RecordingName[] = []
	for (const name of options.recordings) {
		say(`\n== ${name}`)
		const same = await compare({
			name,
			programs,
			directory: join(directory, name),
			signal: interrupt.signal,
			say,
		})
		if (!same) different.push(name)
	}
	say(`\n${options.recordings.length - different.length} recordings the same, ${different.length} different`)
	return different.length > 0 ? EXIT_DIFFERENT : EXIT_OK
}

interface MainOptions {
	readonly recordings: readonly RecordingName[]
	readonly directory: string | undefined
	readonly build: boolean
}

/** Undefined if the command line is wrong. */
function readOptions(): MainOptions | undefined {
	try {
		const { values } = parseArgs({
			options: {
				recording: { type: 'string', multiple: true, default: [...RECORDINGS] },
				directory: { type: 'string' },
				build: { type: 'boolean', default: false },
			},
		})
		const recordings = RECORDINGS.filter((name) => values.recording.includes(name))
		if (recordings.length !== new Set(values.recording).size) return undefined
		return { recordings, directory: values.directory, build: values.build }
	} catch {
		// parseArgs throws for what it does not know.
		return undefined
	}
}

/** @throws Error if it is not empty: supervisors go on from what they find */
function dataDirectory(named: string | undefined): string {
	if (named === undefined) return mkdtempSync(join(tmpdir(), 'vigil-compat-'))
	mkdirSync(named, { recursive: true })
	if (readdirSync(named).length > 0) throw new Error(`${named} is not empty: name a new directory`)
	return named
}

function say(line: string): void {
	process.stdout.write(`${line}\n`)
}

try {
	process.exitCode = await main()
} catch (error) {
	process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
	process.exitCode = error instanceof GoMissingError ? EXIT_NO_GO : EXIT_DIFFERENT
}
