import { expect, it } from 'vitest'
import type { BlockRef } from '../../src/protocol/block.js'
import { expectedTables, storedTables } from './expected-tables.js'
import { Gate } from './gate.js'
import { extend, sampleRecording, timeOf } from './sample-recording.js'
import { allAnswered, headsReached, replayed, supervise } from './supervised.js'

const FAST = { kind: 'recorded', speed: 200 } as const

/** Follows the recording to its end: every table is that of a quiet L1, and no chain needs anybody. */
async function expectToTheEnd(recording: ReturnType<typeof sampleRecording>): Promise<void> {
	const replay = await replayed(recording, FAST)
	const { supervisor, directory } = await supervise(recording, replay)
	await headsReached({ supervisor }, recording)
	await allAnswered(recording, replay)
	expect(supervisor.stoppedChains.size).toBe(0)
	expect(supervisor.resets).toBe(recording.chains.length)
	await supervisor.close()
	expect(await storedTables(directory, recording)).toEqual(expectedTables(recording))
}

/** L1 block by block, but after block `at` the tip is `back` blocks lower for a while, on the branch of `blocks`. */
function goingBack(
	at: number,
	back: number,
	branch: (canonical: readonly BlockRef[]) => readonly BlockRef[],
) {
	return (canonical: readonly BlockRef[]) => {
		const before = branch(canonical).slice(0, at + 1)
		const after = canonical.slice(at + 1 - back)
		return [
			...before.map((block, i) => ({
				t: timeOf(i),
				block,
				canonical: canonical[i]?.hash === block.hash && i <= at - back,
			})),
			...after.map((block, i) => ({ t: timeOf(at + 1 + i), block, canonical: true })),
		]
	}
}

it('an L1 endpoint that falls back on its own branch, and goes on, is waited for: nothing is undone', async () => {
	await expectToTheEnd(sampleRecording({ derived: 40, l1: goingBack(20, 8, (canonical) => canonical) }))
})

it('an L1 reorg within the confirmation depth reaches no node: none of them is reset for it', async () => {
	const fork = (canonical: readonly BlockRef[]) => extend('l1', canonical.slice(0, 20), 21, 'loser')
	await expectToTheEnd(sampleRecording({ derived: 40, l1: goingBack(21, 2, fork) }))
})

it('an L1 that is down at the start, and up later, is waited for', async () => {
	const recording = sampleRecording({ derived: 40 })
	const replay = await replayed(recording)
	const gate = await Gate.before(replay.l1Url)
	const { supervisor, directory, logs } = await supervise(recording, replay, { l1Urls: [gate.url] })
	await logs.logged('that L1 does not answer', ({ msg, level }) => level >= 40 && msg.includes('L1'))
	expect(supervisor.stoppedChains.size).toBe(0)
	await gate.open()
	await headsReached({ supervisor }, recording)
	await allAnswered(recording, replay)
	await supervisor.close()
	expect(await storedTables(directory, recording)).toEqual(expectedTables(recording))
})

it('an L1 that goes down in the middle and comes back is taken up where it was left', async () => {
	const recording = sampleRecording({ derived: 60 })
	const replay = await replayed(recording, FAST)
	const gate = await Gate.before(replay.l1Url)
	await gate.open()
	const { supervisor, directory, logs } = await supervise(recording, replay, { l1Urls: [gate.url] })
	await new Promise<void>((resolve) => {
		supervisor.on('localSafe', (_, { derived }) => derived.number >= 10 && resolve())
	})
	await gate.shut()
	await logs.logged('that L1 does not answer', ({ msg, level }) => level >= 40 && msg.includes('L1'))
	await gate.open()
	await headsReached({ supervisor }, recording)
	await allAnswered(recording, replay)
	await supervisor.close()
	expect(await storedTables(directory, recording)).toEqual(expectedTables(recording))
})
