import { importRecording } from '../recording/import-recording.js'
import { writeRecording } from '../recording/write-recording.js'
import type { CommandIo } from './command-io.js'
import { EXIT_OK } from './exit-codes.js'

export interface ImportOptions {
	/** The folder with the raw traffic of one scenario. */
	readonly directory: string
	/** The recording file to write. */
	readonly output: string
}

/** `vigil import DIR -o FILE`: makes a recording of a folder of raw traffic. Resolves with the exit code. */
export async function importCommand(options: ImportOptions, { stdout }: CommandIo): Promise<number> {
	const recording = await importRecording(options.directory)
	await writeRecording(recording, options.output)
	const chains = recording.chains.map(({ chainId, blocks }) => `chain ${chainId}: ${blocks.length} blocks`)
	stdout.write(
		`${options.output}: ${recording.name}, L1: ${recording.l1.length} blocks, ${chains.join(', ')}\n`,
	)
	return EXIT_OK
}
