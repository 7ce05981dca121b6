import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { ChainId } from '../protocol/chain-id.js'
import { MalformedValueError } from '../protocol/errors.js'
import { type Fields, readArray, readObject, readUint } from './field-reader.js'
import { gunzipLines } from './gunzip-lines.js'
import type { RecordedDependencySet, RecordedPair, RecordedRollup } from './recording.js'
import { ImportError } from './recording-errors.js'
import { readDependencySet, readPair, readRollup } from './recording-line.js'

/** An event that a node sent, at `t` ms of the transcript. */
export interface TranscriptEvent {
	readonly t: number
	readonly event: Fields
}

export interface ScenarioChain {
	readonly chainId: ChainId
	readonly rollup: RecordedRollup
	/** The chain's member of chains.json. */
	readonly fields: Fields
	readonly events: readonly TranscriptEvent[]
	readonly start?: RecordedPair
}

/** A folder of raw traffic, opened. Times are those of the transcripts. */
export interface Scenario {
	readonly l1ChainId: number
	readonly dependencySet: RecordedDependencySet
	/** Unix time in ms of the transcripts' 0. */
	readonly unixZero: number
	/** When the supervisor that reached the final heads started. */
	readonly startedAt: number
	readonly l1: Fields
	/** Frames between supervisor and L1. */
	readonly l1Transcript: readonly Fields[]
	readonly timeline: readonly Fields[]
	readonly queries: readonly Fields[]
	readonly status: readonly Fields[]
	readonly chains: readonly ScenarioChain[]
}

/** @throws ImportError naming file and field. */
export async function readScenario(directory: string): Promise<Scenario> {
	const chainsFile = await readJson(directory, 'chains.json.gz')
	const timeline = await readJson(directory, 'timeline.json')
	const l1 = inFile('chains.json.gz', () => readObject(chainsFile.l1, 'l1'))
	const ids = inFile('chains.json.gz', () => Object.keys(readObject(chainsFile.l2, 'l2')))
	const transcripts = new Map<string, Fields[]>()
	for (const id of ids) transcripts.set(id, await readLines(directory, `node-${id}.ndjson.gz`))
	const events = inFile('timeline.json', () =>
		readArray(timeline.events, 'events').map((event, i) => readObject(event, `events[${i}]`)),
	)
	const startedAt = startOf(events, [...transcripts.values()])
	const chains: ScenarioChain[] = []
	for (const id of ids) {
		const rollup = await readJson(directory, `rollup-${id}.json`)
		const chainEvents = eventsOf(transcripts.get(id) ?? [])
		const start = standingAt(chainEvents, startedAt)
		chains.push({
			chainId: BigInt(id) as ChainId,
			rollup: inFile(`rollup-${id}.json`, () => readRollup(rollup, 'rollup')),
			fields: inFile('chains.json.gz', () => readObject(readObject(chainsFile.l2, 'l2')[id], `l2.${id}`)),
			events: chainEvents,
			...(start === undefined ? {} : { start }),
		})
	}
	const queries: unknown = JSON.parse((await read(directory, 'queries.json')).toString('utf8'))
	return {
		l1ChainId: inFile('chains.json.gz', () => readUint(l1.chainId, 'l1.chainId')),
		dependencySet: await readDependencies(directory),
		unixZero: inFile('timeline.json', () => readUint(timeline.t0UnixMs, 't0UnixMs')),
		startedAt,
		l1,
		l1Transcript: await readLines(directory, 'l1.ndjson.gz'),
		timeline: events,
		queries: inFile('queries.json', () =>
			readArray(queries, 'queries').map((query, i) => readObject(query, `[${i}]`)),
		),
		status: await readLines(directory, 'status.ndjson.gz'),
		chains,
	}
}

/** Runs `read` and names the file in what it throws. */
export function inFile<T>(file: string, read: () => T): T {
	try {
		return read()
	} catch (error) {
		if (error instanceof MalformedValueError) {
			throw new ImportError(file, error.field, error.message, { cause: error })
		}
		throw error
	}
}

async function read(directory: string, name: string): Promise<Buffer> {
	const bytes = await readFile(join(directory, name))
	return name.endsWith('.gz') ? gunzipSync(bytes) : bytes
}

async function readJson(directory: string, name: string): Promise<Fields> {
	const text = (await read(directory, name)).toString('utf8')
	return inFile(name, () => readObject(JSON.parse(text), 'file'))
}

async function readLines(directory: string, name: string): Promise<Fields[]> {
	const lines: Fields[] = []
	for await (const line of gunzipLines(join(directory, name))) {
		if (line.length > 0)
			lines.push(
				inFile(name, () => readObject(JSON.parse(line.toString('utf8')), `line ${lines.length + 1}`)),
			)
	}
	return lines
}

async function readDependencies(directory: string): Promise<RecordedDependencySet> {
	const fields = await readJson(directory, 'dependency-set.json')
	return inFile('dependency-set.json', () => readDependencySet(fields, 'dependencySet'))
}

/** The first connection; or, where a later supervisor began with nothing, that one. */
function startOf(timeline: readonly Fields[], transcripts: readonly (readonly Fields[])[]): number {
	const late = timeline.findLast(
		(event) => typeof event.note === 'string' && event.note.includes('empty datadir'),
	)
	if (late !== undefined) return inFile('timeline.json', () => readUint(late.t, 't'))
	const opened = transcripts.flatMap((lines) =>
		lines.filter((line) => line.dir === 'open').map((line) => line.t),
	)
	const times = opened.filter((t) => typeof t === 'number')
	return times.length === 0 ? 0 : Math.min(...times)
}

function eventsOf(lines: readonly Fields[]): TranscriptEvent[] {
	const events: TranscriptEvent[] = []
	for (const line of lines) {
		const frame = line.frame
		if (typeof frame !== 'object' || frame === null || !('method' in frame)) continue
		if (frame.method !== 'interop_subscription') continue
		const params = readObject(readObject(frame, 'frame').params, 'frame.params')
		const event = readObject(params.result, 'frame.params.result').data
		if (event === null) continue
		events.push({ t: readUint(line.t, 't'), event: readObject(event, 'data') })
	}
	return events
}

/** Where the node stood at the start, unless it asked for its first reset then. */
function standingAt(events: readonly TranscriptEvent[], startedAt: number): RecordedPair | undefined {
	const first = events.find(({ t }) => t >= startedAt)?.event
	if (first === undefined || first.reset !== undefined) return undefined
	const pair = events.find(({ t, event }) => t >= startedAt && event.exhaustL1 !== undefined)?.event.exhaustL1
	return pair === undefined ? undefined : readPair(pair, 'exhaustL1')
}
