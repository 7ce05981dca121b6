import { makeSnapshot } from '../snapshot/make-snapshot.js'
import { snapshotBytes } from '../snapshot/manifest.js'
import type { CommandIo } from './command-io.js'
import { EXIT_FAILURE, EXIT_OK } from './exit-codes.js'
import { ProgressBar } from './progress-bar.js'
import { vigilVersion } from './version.js'

export interface SnapshotOptions {
	readonly datadir: string
	/** Directory to make. */
	readonly out: string
}

/**
 * `vigil snapshot --datadir --out`: copies a store, also that of a running Vigil, into a new directory from which
 * others can start. Resolves with the exit code.
 * @throws SnapshotError and what reading the store throws
 */
export async function snapshotCommand({ datadir, out }: SnapshotOptions, io: CommandIo): Promise<number> {
	const signal = io.stopSignal()
	const progress = new ProgressBar(io.stderr)
	try {
		const manifest = await makeSnapshot({
			directory: datadir,
			out,
			version: vigilVersion(),
			signal,
			onProgress: (step) => progress.update(step),
		})
		progress.clear()
		const chains = manifest.chains.map(({ chainId }) => chainId).join(', ')
		io.stdout.write(
			`${out}: snapshot ${manifest.id} of chains ${chains}, ${manifest.files.length} files, ${snapshotBytes(manifest)} bytes\n`,
		)
		return EXIT_OK
	} catch (error) {
		progress.clear()
		if (!signal.aborted) throw error
		io.stderr.write('vigil: stopped before the end: there is no snapshot\n')
		return EXIT_FAILURE
	}
}
