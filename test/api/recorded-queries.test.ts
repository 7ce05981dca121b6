import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { startRpcServer } from '../../src/api/rpc-server.js'
import { importRecording } from '../../src/recording/import-recording.js'
import { loadRecording } from '../../src/recording/load-recording.js'
import type { Recording } from '../../src/recording/recording.js'
import { endReached } from '../promotion/recorded-end.js'
import { afterTest } from '../supervisor/cleanup.js'
import { replayed, supervise } from '../supervisor/supervised.js'
import { differenceToRecorded, type RecordedQuery } from './recorded-query.js'
import { call } from './rpc-client.js'

/** How many of each recording's answers were given at its end, and are compared. */
const COMPARED = {
	steady: 120,
	'invalid-message': 258,
	activation: 120,
	'batcher-lag': 120,
	cycle: 120,
	'invalid-message-twice': 241,
	'l1-reorg': 118,
}
type Name = keyof typeof COMPARED

/** Answered after the recorded cluster had got one more L1 block than the recording holds. */
const AFTER_THE_END = new Set([
	'l1-reorg end: superRootAtTimestamp genesis+162',
	'l1-reorg end: allSafeDerivedAt L1 #81',
])

it.each(Object.keys(COMPARED) as Name[])('%s: every recorded query is answered as recorded', async (name) => {
	const recording = await recordingOf(name)
	const replay = await replayed(recording)
	const { supervisor, logs } = await supervise(recording, replay, { failsafeOnInvalidation: true })
	await endReached(supervisor, recording)
	const server = await startRpcServer(
		{ addr: '127.0.0.1', port: 0, admin: {} },
		{ log: logs.log, version: '1.2.3', ...supervisor.api },
	)
	afterTest(() => server.close())
	const queries = queriesOf(name).filter((query) => wasAtTheEnd(name, query))
	const differences: string[] = []
	for (const query of queries) {
		const { method, params } = query.request
		const answer = await call(server.port, method, params)
		const difference = differenceToRecorded(query, answer)
		if (difference !== undefined) differences.push(`${query.name}: ${difference}`)
	}
	expect(differences).toEqual([])
	expect(queries.length).toBe(COMPARED[name])
})

function wasAtTheEnd(recording: Name, { name }: RecordedQuery): boolean {
	return !name.startsWith('before activation') && !AFTER_THE_END.has(`${recording} ${name}`)
}

function recordingOf(name: Name): Promise<Recording> {
	const path = (file: string) => fileURLToPath(new URL(`../recordings/${file}`, import.meta.url))
	return name === 'steady' || name === 'invalid-message'
		? importRecording(path(`${name}/`))
		: loadRecording(path(`${name}.vigil.gz`))
}

function queriesOf(name: Name): RecordedQuery[] {
	const read = (file: string) => readFileSync(new URL(file, import.meta.url))
	const text =
		name === 'steady' || name === 'invalid-message'
			? read(`../recordings/${name}/queries.json`)
			: gunzipSync(read(`../recordings/${name}.queries.json.gz`))
	return JSON.parse(text.toString()) as RecordedQuery[]
}
