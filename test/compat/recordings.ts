import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { importRecording } from '../../src/recording/import-recording.js'
import { writeRecording } from '../../src/recording/write-recording.js'

/** What both supervisors follow to the recorded heads. Not `activation`: docs/compatibility.md says why. */
export const RECORDINGS = [
	'steady',
	'invalid-message',
	'batcher-lag',
	'cycle',
	'invalid-message-twice',
	'l1-reorg',
	'late-supervisor',
	'node-restart',
	'node-restart-stall',
] as const
export type RecordingName = (typeof RECORDINGS)[number]

/**
 * The file of a recording. One that is kept as raw traffic only is imported.
 * @param directory where an imported file is written
 */
export async function recordingFile(name: RecordingName, directory: string): Promise<string> {
	const path = (file: string) => fileURLToPath(new URL(`../../../${file}`, import.meta.url))
	if (name === 'steady') return path('src/recording/embedded/steady.vigil.gz')
	if (name !== 'invalid-message') return path(`test/recordings/${name}.vigil.gz`)
	const file = join(directory, `${name}.vigil.gz`)
	await writeRecording(await importRecording(path(`test/recordings/${name}/`)), file)
	return file
}
