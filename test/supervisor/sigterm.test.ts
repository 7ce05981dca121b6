import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { Recording } from '../../src/recording/recording.js'
import type { Replay } from '../../src/recording/replay/start-replay.js'
import { temporaryDirectory } from './cleanup.js'
import { until } from './deadline.js'
import { expectedTables, storedTables } from './expected-tables.js'
import { LyingNode } from './lying-node.js'
import { sampleRecording } from './sample-recording.js'
import { seededRandom, testSeed } from './seeded.js'
import { silentPort } from './silent-port.js'
import { allAnswered, replayed } from './supervised.js'
import { settingsFor, VigilProcess } from './vigil-process.js'

/** With this latency the whole takes about a second, so that random instants fall into all of it. */
const LATENCY_MS = 3
const INSTANTS = 12
const LONGEST_MS = 1_200
const TEST_MS = 120_000

const mute = () => new Promise<never>(() => undefined)

/** Tells the process to stop: it does so by itself, in time, and says nothing that alarms anyone. */
async function stopsByItself(vigil: VigilProcess): Promise<void> {
	expect({ code: await vigil.terminate(), stderr: vigil.stderr }).toEqual({ code: 0, stderr: '' })
	expect(vigil.lines.at(-1)?.msg).toBe('Vigil has stopped')
	const texts = vigil.lines.map(({ msg }) => msg)
	expect(texts.filter((text) => text === 'the close takes long: these are still open')).toEqual([])
	expect(texts.filter((text) => String(text).includes('did not stop in time'))).toEqual([])
}

/** A start with everything there goes on to the recorded end. */
async function goesOn(recording: Recording, replay: Replay, datadir: string): Promise<void> {
	const since = replay.calls.length
	const vigil = new VigilProcess(settingsFor(recording, replay, datadir))
	await vigil.reaches(recording)
	await allAnswered(recording, replay, since)
	await stopsByItself(vigil)
	expect(await storedTables(datadir, recording)).toEqual(expectedTables(recording))
}

/** The settings with other values for some flags. */
function changed(settings: readonly string[], flags: Readonly<Record<string, string>>): string[] {
	return settings.map((setting) => {
		const flag = /^--([^=]+)=/.exec(setting)?.[1]
		const value = flag === undefined ? undefined : flags[flag]
		return value === undefined ? setting : `--${flag}=${value}`
	})
}

describe('SIGTERM', () => {
	it(
		'at random instants: exits with 0, and the next start goes on to the recorded end',
		async () => {
			const seed = testSeed()
			process.stdout.write(`SIGTERM: VIGIL_TEST_SEED=${seed}\n`)
			const random = seededRandom(seed)
			const recording = sampleRecording({ derived: 100 })
			const replay = await replayed(recording, { kind: 'asap' }, LATENCY_MS)
			const datadir = temporaryDirectory()
			for (let instant = 0; instant < INSTANTS; instant++) {
				const vigil = new VigilProcess(settingsFor(recording, replay, datadir))
				await sleep(random() * LONGEST_MS)
				const code = await vigil.terminate()
				// Before Node has read the program the signal is the system's, and nothing was begun.
				if (code === null) expect(vigil.stdout).toBe('')
				else expect(code).toBe(0)
				expect(vigil.stderr).toBe('')
				expect(vigil.stdout).not.toContain('did not stop in time')
			}
			await goesOn(recording, replay, datadir)
		},
		TEST_MS,
	)

	it.each(['ws', 'http'])(
		'while L1 and all nodes, over %s, take connections and answer nothing',
		async (scheme) => {
			const recording = sampleRecording({ derived: 12 })
			const replay = await replayed(recording)
			const datadir = temporaryDirectory()
			const nodes: string[] = []
			for (const _ of recording.chains) nodes.push(`${scheme}://127.0.0.1:${await silentPort()}`)
			const vigil = new VigilProcess(
				changed(settingsFor(recording, replay, datadir), {
					'l1-rpc': `${scheme}://127.0.0.1:${await silentPort()}`,
					'l2-consensus.nodes': nodes.join(','),
				}),
			)
			// It serves what it has, whether L1 and nodes answer or not.
			await vigil.port()
			await stopsByItself(vigil)
			await goesOn(recording, replay, datadir)
		},
		TEST_MS,
	)

	it(
		'while L1 and all nodes are down',
		async () => {
			const recording = sampleRecording({ derived: 12 })
			const replay = await replayed(recording)
			const datadir = temporaryDirectory()
			for (const node of replay.nodes) node.refusing = true
			const settings = settingsFor(recording, replay, datadir)
			const vigil = new VigilProcess(changed(settings, { 'l1-rpc': 'http://127.0.0.1:9' }))
			await vigil.port()
			await vigil.printed('L1')
			await stopsByItself(vigil)
			for (const node of replay.nodes) node.refusing = false
			await goesOn(recording, replay, datadir)
		},
		TEST_MS,
	)

	it(
		'while it opens its store',
		async () => {
			const recording = sampleRecording({ derived: 40 })
			const replay = await replayed(recording)
			const datadir = temporaryDirectory()
			await goesOn(recording, replay, datadir)
			const vigil = new VigilProcess(settingsFor(recording, replay, datadir))
			await vigil.printed('Vigil starts')
			await stopsByItself(vigil)
			await goesOn(recording, replay, datadir)
		},
		TEST_MS,
	)

	it.each(['interop_reset', 'interop_fetchReceipts', 'interop_provideL1', 'interop_subscribe'])(
		'while a node does not answer %s',
		async (method) => {
			const recording = sampleRecording({ derived: 40, chainIds: [901] })
			const replay = await replayed(recording)
			const datadir = temporaryDirectory()
			const node = await LyingNode.before(replay.nodes[0]?.url ?? '')
			node.lies.set(method, mute)
			const called = node.called(method)
			const vigil = new VigilProcess(
				changed(settingsFor(recording, replay, datadir), { 'l2-consensus.nodes': node.url }),
			)
			await called
			await stopsByItself(vigil)
			await goesOn(recording, replay, datadir)
		},
		TEST_MS,
	)

	it(
		'in the midst of the derivation of HTTP nodes',
		async () => {
			const recording = sampleRecording({ derived: 60 })
			const replay = await replayed(recording, { kind: 'asap' }, LATENCY_MS, 'http')
			const datadir = temporaryDirectory()
			const vigil = new VigilProcess(settingsFor(recording, replay, datadir))
			await until('half of the derivation', () =>
				replay.nodes.every(({ position }) => position.derived.number > 30),
			)
			await stopsByItself(vigil)
			await goesOn(recording, replay, datadir)
		},
		TEST_MS,
	)

	it(
		'while something never closes: it says what, ends all the same with 0, and nothing is lost',
		async () => {
			const recording = sampleRecording({ derived: 12 })
			const replay = await replayed(recording)
			const datadir = temporaryDirectory()
			const feed = new URL('../../dist/src/l1/l1-feed.js', import.meta.url).href
			const fault = `import { L1Feed } from '${feed}'; L1Feed.prototype.close = () => new Promise(() => undefined)`
			const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(fault)}` }
			const vigil = new VigilProcess(settingsFor(recording, replay, datadir), env, 'dist/src/main.js')
			await vigil.reaches(recording)
			expect(await vigil.terminate()).toBe(0)
			const [slow, ended] = vigil.lines.slice(-2)
			expect(slow).toMatchObject({ msg: 'the close takes long: these are still open', waits: ['L1'] })
			expect(ended?.msg).toContain('did not stop in time')
			await goesOn(recording, replay, datadir)
		},
		TEST_MS,
	)
})
