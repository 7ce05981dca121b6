import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { ChainId } from '../../src/protocol/chain-id.js'
import { importRecording } from '../../src/recording/import-recording.js'
import { loadRecording } from '../../src/recording/load-recording.js'
import type { Recording } from '../../src/recording/recording.js'

const CAPTURED = { steady: 'steady/', 'invalid-message': 'invalid-message/' } as const
const FILES = {
	'batcher-lag': 'batcher-lag.vigil.gz',
	'invalid-message-twice': 'invalid-message-twice.vigil.gz',
	cycle: 'cycle.vigil.gz',
	activation: 'activation.vigil.gz',
	'l1-reorg': 'l1-reorg.vigil.gz',
	'late-supervisor': 'late-supervisor.vigil.gz',
	'node-restart': 'node-restart.vigil.gz',
	'node-restart-stall': 'node-restart-stall.vigil.gz',
} as const

export type RecordingName = keyof typeof CAPTURED | keyof typeof FILES

/** A recording of test/recordings, a folder of captured traffic or a file. */
export function recordingOf(name: RecordingName): Promise<Recording> {
	if (name in FILES) return loadRecording(pathOf(`../recordings/${FILES[name as keyof typeof FILES]}`))
	return importRecording(pathOf(`../recordings/${CAPTURED[name as keyof typeof CAPTURED]}`))
}

/** An entry of the recorded supervisor's cross-safe database, as it told it to the node: numbers of L2 and L1. */
export type RecordedEntry = readonly [derived: number, source: number]

/**
 * What the recorded supervisor told of cross-safety up to the recorded head: the capture ends some blocks later than
 * the replay, which is cut where both chains are at rest.
 */
export function recordedEntries(
	name: RecordingName,
	recording: Recording,
	chainId: ChainId,
): RecordedEntry[] {
	const file = readFileSync(pathOf(`data/${name}.json`), 'utf8')
	const entries = (JSON.parse(file) as Record<string, RecordedEntry[]>)[`${chainId}`] ?? []
	const head = recording.heads.get(chainId)?.crossSafe
	if (head === undefined) throw new Error(`${name} has no cross-safe head of chain ${chainId}`)
	const last = entries.findIndex(([d, s]) => d === head.derived.number && s === head.source.number)
	if (last < 0) throw new Error(`${name}: the recorded head of chain ${chainId} was never told`)
	return entries.slice(0, last + 1)
}

function pathOf(relative: string): string {
	return fileURLToPath(new URL(relative, import.meta.url))
}
