import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { GenerateOptions } from '../generate/cluster-shape.js'
import { generateRecording } from '../generate-recording.js'
import { keepReceipts } from '../keep-receipts.js'
import { loadRecording } from '../load-recording.js'
import type { Recording } from '../recording.js'
import { spoolReceipts } from '../spool-receipts.js'
import type { ReplayPace } from './pace.js'
import { type Replay, startReplay } from './start-replay.js'

/** A file, or a cluster to generate; all plain values, so that it can be given to another process. */
export type ReplaySource =
	| { readonly file: string }
	/** Receipts are kept in memory, or in a temporary file if the chains are too large for that. */
	| { readonly generate: GenerateOptions; readonly receipts?: 'memory' | 'file' }

export interface ServeSourceOptions {
	readonly source: ReplaySource
	readonly pace: ReplayPace
	readonly latencyMs?: number
}

/**
 * Replays a recording of a file or a generated one. Generated receipts are made before anything is served, so that
 * a bench measures the one who asks and not the generator.
 */
export async function serveSource(
	options: ServeSourceOptions,
	modules: { readonly log: Logger },
): Promise<Replay> {
	const { source, pace, latencyMs = 0 } = options
	const prepared = 'file' in source ? await fromFile(source.file) : await fromGenerator(source)
	try {
		const replay = await startReplay({ recording: prepared.recording, pace, latencyMs }, modules)
		return {
			...replay,
			close: async () => {
				await replay.close()
				await prepared.close()
			},
		}
	} catch (error) {
		await prepared.close()
		throw error
	}
}

interface Prepared {
	readonly recording: Recording
	close(): Promise<void>
}

async function fromFile(path: string): Promise<Prepared> {
	return { recording: await loadRecording(path), close: async () => undefined }
}

async function fromGenerator(source: Extract<ReplaySource, { generate: object }>): Promise<Prepared> {
	const recording = generateRecording(source.generate)
	if (source.receipts !== 'file') return { recording: keepReceipts(recording), close: async () => undefined }
	const directory = await mkdtemp(join(tmpdir(), 'vigil-receipts-'))
	try {
		const spool = await spoolReceipts(recording, join(directory, 'receipts'))
		const close = async () => {
			spool.close()
			await rm(directory, { recursive: true, force: true })
		}
		return { recording: spool.recording, close }
	} catch (error) {
		await rm(directory, { recursive: true, force: true })
		throw error
	}
}
