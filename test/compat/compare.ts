import { mkdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { loadRecording } from '../../src/recording/load-recording.js'
import { Processes } from '../cluster/processes.js'
import { headsReached } from './await-heads.js'
import { startOpSupervisor, startReadOnlyVigil, startReplay, startVigil } from './contestant.js'
import { type RecordingName, recordingFile } from './recordings.js'

export interface CompareOptions {
	readonly name: RecordingName
	/** The paths of the built programs. */
	readonly programs: { readonly compat: string; readonly 'op-supervisor': string }
	/** Data and logs, of this recording only. */
	readonly directory: string
	readonly signal: AbortSignal
	readonly say: (line: string) => void
}

/**
 * Has Vigil and op-supervisor follow the recording, each with nodes of its own because a node has one supervisor, and
 * compares their answers. Resolves with whether they are the same.
 * @throws what keeps one of them from the recorded heads, or the signal's reason
 */
export async function compare({ name, programs, directory, signal, say }: CompareOptions): Promise<boolean> {
	mkdirSync(directory, { recursive: true })
	const ended = new AbortController()
	const processes = new Processes(directory, (error) => ended.abort(error))
	const options = { processes, directory, signal: AbortSignal.any([signal, ended.signal]) }
	const started = performance.now()
	// Also ends the client, which would ask on.
	const stop = () => void processes.stop()
	options.signal.addEventListener('abort', stop, { once: true })
	try {
		const file = await recordingFile(name, directory)
		const recording = await loadRecording(file)
		const [forReference, forVigil] = await Promise.all([
			startReplay('replay-op-supervisor', file, options),
			startReplay('replay-vigil', file, options),
		])
		const [reference, vigil] = await Promise.all([
			startOpSupervisor(programs['op-supervisor'], forReference, options),
			startVigil(forVigil, options),
		])
		const readOnly = await startReadOnlyVigil(forVigil, options)
		await Promise.all([reference, vigil, readOnly].map((url) => headsReached(url, recording, options.signal)))
		say(`both are at the recorded heads after ${secondsSince(started)} s`)
		const asked = performance.now()
		const client = await processes.exit('compat', programs.compat, [
			...[`--vigil=${vigil}`, `--read-only=${readOnly}`, `--reference=${reference}`, `--recording=${file}`],
		])
		options.signal.throwIfAborted()
		say((await readFile(client.logFile, 'utf8')).trimEnd())
		say(`compared in ${secondsSince(asked)} s`)
		return client.code === 0
	} finally {
		options.signal.removeEventListener('abort', stop)
		await processes.stop()
		await processes.close()
	}
}

function secondsSince(started: number): string {
	return ((performance.now() - started) / 1000).toFixed(1)
}
