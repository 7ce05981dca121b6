import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { Recording } from '../../src/recording/recording.js'
import type { TableRow } from '../../src/storage/index.js'
import { temporaryDirectory } from './cleanup.js'
import { until } from './deadline.js'
import { allTables, expectedAllTables } from './expected-tables.js'
import { sampleRecording } from './sample-recording.js'
import { seededRandom, testSeed } from './seeded.js'
import { allAnswered, replayed } from './supervised.js'
import { settingsFor, VigilProcess } from './vigil-process.js'

const LOGS_PER_BLOCK = 12
/** With this latency the whole takes some two seconds, so that random instants fall into all of it. */
const LATENCY_MS = 3
const DERIVED = 100
const STORES = 4
const KILLS_PER_STORE = 5
/** From a run's first order to a node to its end. */
const LONGEST_RUN_MS = 350
/** One run of each store is killed this long after its process began: before, or while it opens the store. */
const LONGEST_START_MS = 700
const TEST_MS = 240_000

/** How many blocks of each chain, and of L1, a store holds. Every row must be one of the uninterrupted run. */
function progress(rows: readonly TableRow[], whole: readonly TableRow[]): Map<string, number> {
	const counts = new Map<string, number>()
	const key = (row: TableRow) => `${row.table} ${row.chainId}`
	const expected = new Map<string, TableRow[]>()
	for (const row of whole) expected.set(key(row), [...(expected.get(key(row)) ?? []), row])
	for (const row of rows) {
		const at = counts.get(key(row)) ?? 0
		counts.set(key(row), at + 1)
		// The last source and the last scope may still get blocks; all before them are final.
		if (row.table !== 'sources' && row.table !== 'scopes') expect(row).toEqual(expected.get(key(row))?.[at])
	}
	return counts
}

async function killAgainAndAgain(recording: Recording, whole: readonly TableRow[], random: () => number) {
	const replay = await replayed(recording, { kind: 'asap' }, LATENCY_MS)
	const datadir = temporaryDirectory()
	const settings = settingsFor(recording, replay, datadir)
	const duringStart = Math.floor(random() * KILLS_PER_STORE)
	let before = new Map<string, number>()
	for (let kill = 0; kill < KILLS_PER_STORE; kill++) {
		const calls = replay.calls.length
		const vigil = new VigilProcess(settings)
		if (kill === duringStart) {
			await sleep(random() * LONGEST_START_MS)
		} else {
			await until(
				() => `its first order to a node; ${vigil.stderr}`,
				() => replay.calls.length > calls,
			)
			await sleep(random() * LONGEST_RUN_MS)
		}
		await vigil.kill()
		if (kill === 0 && duringStart === 0) continue // There may be no store yet.
		const after = progress(await allTables(datadir, recording), whole)
		for (const [table, rows] of before) expect(after.get(table), table).toBeGreaterThanOrEqual(rows)
		before = after
	}
	const since = replay.calls.length
	const vigil = new VigilProcess(settings)
	await vigil.reaches(recording)
	await allAnswered(recording, replay, since)
	expect(await vigil.terminate()).toBe(0)
	expect(vigil.stderr).toBe('')
	expect(await allTables(datadir, recording)).toEqual(whole)
	return before
}

describe('kill -9', () => {
	it(
		'at 20 random instants: every restart resumes, nothing is lost, and all tables equal those of a quiet run',
		async () => {
			const seed = testSeed()
			process.stdout.write(`kill -9: VIGIL_TEST_SEED=${seed}\n`)
			const recording = sampleRecording({ derived: DERIVED, ahead: 30, logsPerBlock: LOGS_PER_BLOCK })
			const whole = expectedAllTables(recording, LOGS_PER_BLOCK)
			const one = async (lane: number) => {
				for (let store = lane; store < STORES; store += 2)
					await killAgainAndAgain(recording, whole, seededRandom(seed * STORES + store))
			}
			await Promise.all([one(0), one(1)])
		},
		TEST_MS,
	)
})

describe('SIGTERM', () => {
	it('in mid-indexing: exits with 0, nothing is lost, and the next start goes on to the same tables', async () => {
		const recording = sampleRecording({ derived: DERIVED, ahead: 30, logsPerBlock: LOGS_PER_BLOCK })
		const whole = expectedAllTables(recording, LOGS_PER_BLOCK)
		const replay = await replayed(recording, { kind: 'asap' }, LATENCY_MS)
		const datadir = temporaryDirectory()
		const settings = settingsFor(recording, replay, datadir)
		const first = new VigilProcess(settings)
		await until(
			() => `half of the derivation; ${first.stderr}`,
			() => replay.nodes.every(({ position }) => position.derived.number > DERIVED / 2),
		)
		const acknowledged = await first.heads()
		const asked = performance.now()
		expect(await first.terminate()).toBe(0)
		// The rule of operators: a stop takes seconds. It is far below, but a busy machine must not fail this.
		expect(performance.now() - asked).toBeLessThan(5_000)
		expect(first.stderr).toBe('')
		const counts = progress(await allTables(datadir, recording), whole)
		for (const { chainId } of recording.chains) {
			const heads = acknowledged?.[`${chainId}`]
			expect(counts.get(`canonical ${chainId}`)).toBeGreaterThan(heads?.localUnsafe.number ?? Infinity)
			expect(counts.get(`local_safe ${chainId}`)).toBeGreaterThan(heads?.localSafe.number ?? Infinity)
			expect(heads?.localSafe.number).toBeLessThan(DERIVED)
		}
		const since = replay.calls.length
		const second = new VigilProcess(settings)
		await second.reaches(recording)
		await allAnswered(recording, replay, since)
		expect(await second.terminate()).toBe(0)
		expect(await allTables(datadir, recording)).toEqual(whole)
	})
})
