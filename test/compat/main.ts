import { join } from 'node:path'
import { parseArgs } from 'node:util'
import {
	EXIT_FAILED,
	EXIT_OK,
	EXIT_USAGE,
	interruption,
	newDirectory,
	runMain,
	say,
} from '../cluster/command-line.js'
import { buildPeers } from '../cluster/peers.js'
import { buildClient } from './client.js'
import { compare } from './compare.js'
import { RECORDINGS, type RecordingName } from './recordings.js'

const USAGE = `usage: npm run test:compat -- [--recording NAME]... [--directory DIR] [--build]
  --recording   which to follow, of ${RECORDINGS.join(', ')}; all without it
  --directory   where data and logs go, empty or new; a new temporary directory without it
  --build       builds op-supervisor and the client and no more
`

/** Compares Vigil with op-supervisor on recordings: exits 0 if nothing differs that is not declared. */
async function main(): Promise<number> {
	const options = readOptions()
	if (options === undefined) {
		process.stderr.write(USAGE)
		return EXIT_USAGE
	}
	const signal = interruption()
	const peers = await buildPeers(say, signal)
	const programs = { ...peers, compat: await buildClient(say, signal) }
	if (options.build) return EXIT_OK
	const directory = newDirectory(options.directory, 'vigil-compat-')
	say(`data and logs: ${directory}`)
	const different: RecordingName[] = []
	for (const name of options.recordings) {
		say(`\n== ${name}`)
		const same = await compare({
			name,
			programs,
			directory: join(directory, name),
			signal,
			say,
		})
		if (!same) different.push(name)
	}
	say(`\n${options.recordings.length - different.length} recordings the same, ${different.length} different`)
	return different.length > 0 ? EXIT_FAILED : EXIT_OK
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

await runMain(main)
