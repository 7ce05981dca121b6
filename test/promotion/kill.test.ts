import { inspect, isDeepStrictEqual } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import type { BlockReplacement, DerivedBlockRefPair } from '../../src/protocol/block.js'
import type { RecordedReplacement, Recording } from '../../src/recording/recording.js'
import type { TableRow } from '../../src/storage/index.js'
import { seededRandom, testSeed } from '../supervisor/seeded.js'
import { KilledVigil, type NodeEvent } from './killed-vigil.js'
import { recordingOf } from './recordings.js'

const KILLS = 10
/** The kill comes up to so long after an event, so that it falls between all that follows from it. */
const LONGEST_DELAY_MS = 25
/** Runs differ in how often a node walks again, so not every run has the last events of another one. */
const COMMON_SHARE = 0.6
/** Each kill takes two starts of the program: on a quiet machine some 2 s. */
const TEST_MS = 240_000

let recording: Recording
/** Of a run that nothing interrupted. */
let whole: readonly TableRow[]
let events: number

beforeAll(async () => {
	recording = await recordingOf('invalid-message-twice')
	const vigil = await KilledVigil.over(recording)
	await vigil.runUntil('the recorded heads')
	whole = await vigil.tables()
	events = vigil.events
})

/** The first row that is not as in the run without interruption. */
function fromWhole(tables: readonly TableRow[]): string | undefined {
	for (let at = 0; at < Math.max(tables.length, whole.length); at++) {
		const [found, expected] = [tables[at], whole[at]]
		if (!isDeepStrictEqual(found, expected)) return `${inspect(found)} is not ${inspect(expected)}`
	}
	return undefined
}

describe('kill -9', () => {
	it(
		`at ${KILLS} random instants: the same fixed point as without`,
		async () => {
			const seed = testSeed()
			process.stdout.write(`kill -9: VIGIL_TEST_SEED=${seed}\n`)
			const random = seededRandom(seed)
			for (let kill = 0; kill < KILLS; kill++) {
				const at = 1 + Math.floor(random() * events * COMMON_SHARE)
				const vigil = await KilledVigil.over(recording)
				await vigil.killAt(`event ${at}`, () => vigil.events === at, random() * LONGEST_DELAY_MS)
				await vigil.runUntil(`the fixed point after a kill at event ${at}`, fromWhole)
			}
		},
		TEST_MS,
	)

	it('before the marker of an invalid block is there: it is found again', async () => {
		const [first] = replacementsOf(0)
		const vigil = await KilledVigil.over(recording)
		await vigil.killAt('the link of the invalid block', derives(first))
		expect(await vigil.marker(chainAt(0))).toBeUndefined()
		await vigil.runUntil('the fixed point', fromWhole)
	})

	it('between the marker and the replacement: the node is told again to replace the block', async () => {
		const [first] = replacementsOf(0)
		const vigil = await KilledVigil.over(recording)
		await vigil.killAt('the replacement', replaces(first))
		expect(await vigil.marker(chainAt(0))).toMatchObject({ block: first?.invalidated, replacement: null })
		await vigil.runUntil('the fixed point', fromWhole)
	})

	it('while the replacement is put in: it is in its place in the end', async () => {
		const vigil = await KilledVigil.over(recording)
		// A repeated replacement, of a block that a killed process has put in, is none.
		await vigil.killAt('the replacement', replaces(replacementsOf(1)[0]), 10)
		await vigil.runUntil('the fixed point', fromWhole)
	})
})

function chainAt(index: number) {
	const chain = recording.chains[index]
	if (chain === undefined) throw new Error(`the recording has no chain ${index}`)
	return chain.chainId
}

function replacementsOf(index: number): readonly RecordedReplacement[] {
	return recording.chains[index]?.replacements ?? []
}

const derives = (replacement: RecordedReplacement | undefined) => (sent: NodeEvent) =>
	(sent.event.derivationUpdate as DerivedBlockRefPair | undefined)?.derived.hash ===
	replacement?.invalidated.hash
const replaces = (replacement: RecordedReplacement | undefined) => (sent: NodeEvent) =>
	(sent.event.replaceBlock as BlockReplacement | undefined)?.invalidated === replacement?.invalidated.hash
