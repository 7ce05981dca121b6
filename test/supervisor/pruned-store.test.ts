import { describe, expect, it } from 'vitest'
import { clusterOf } from '../../src/recording/cluster-of.js'
import type { Recording } from '../../src/recording/recording.js'
import type { Replay } from '../../src/recording/replay/start-replay.js'
import { openStore } from '../../src/storage/index.js'
import { chainIdentity } from '../../src/supervisor/chain-identity.js'
import {
	checkRetention,
	PrunedTooFarError,
	RetentionTooShortError,
} from '../../src/supervisor/check-retention.js'
import { storeReading } from '../../src/supervisor/store-reading.js'
import { endReached } from '../promotion/recorded-end.js'
import { type RecordingName, recordingOf } from '../promotion/recordings.js'
import { storeFaults } from '../verify/store-faults.js'
import { storedTables } from './expected-tables.js'
import { caughtUp, invalidatedOf, superviseAll, toldToInvalidate } from './late-nodes.js'
import { LogCapture } from './log-capture.js'
import { replayed, supervise } from './supervised.js'

const WINDOW = 2
const MARGIN = 4

/** The same cluster, whose messages expire so soon that most of it may be removed. */
function expiring(recording: Recording): Recording {
	return { ...recording, dependencySet: { ...recording.dependencySet, overrideMessageExpiryWindow: WINDOW } }
}

/** A data directory with a recorded cluster at its end, from which all is removed that may be. */
async function prunedDirectory(recording: Recording, replay: Replay): Promise<string> {
	const { supervisor, directory } = await supervise(recording, replay)
	await endReached(supervisor, recording)
	await supervisor.close()
	const { rollups } = clusterOf(recording)
	const store = await openStore(
		{ directory, chains: [...rollups.values()].map(chainIdentity) },
		{ log: new LogCapture().log },
	)
	try {
		const firstKept = () => storeReading(store, directory).chains.map((chain) => chain.firstKept?.number)
		const before = firstKept()
		expect(before).toEqual(recording.chains.map(({ rollup }) => rollup.genesis.l2.number))
		const pruned = await store.prune({ retention: WINDOW + MARGIN, limit: 10_000 })
		expect(pruned).toBeGreaterThan(0)
		for (const [index, first] of firstKept().entries()) expect(first).toBeGreaterThan(before[index] ?? 0)
		await store.markSweep(0)
		for (const { chainId } of recording.chains) {
			const mark = store.sweepMark(chainId) ?? expect.fail('nothing is final')
			expect((await store.sweep(chainId, mark, { from: 0, limit: 10_000 })).removed).toBeGreaterThan(0)
		}
	} finally {
		await store.close()
	}
	expect(await storeFaults(directory)).toEqual([])
	return directory
}

describe.each<[RecordingName]>([['steady'], ['invalid-message'], ['invalid-message-twice'], ['cycle']])(
	'%s, of which little is kept',
	(name) => {
		it('goes on with its nodes after a restart', async () => {
			const recording = await recordingOf(name)
			const replay = await replayed(recording)
			const directory = await prunedDirectory(recording, replay)
			const before = await storedTables(directory, recording)
			const { supervisor } = await superviseAll(expiring(recording), directory, [replay])
			await caughtUp(recording, replay)
			for (const node of replay.nodes) node.dropConnections()
			await caughtUp(recording, replay)
			expect(supervisor.stoppedChains.size).toBe(0)
			expect(supervisor.disputes.size).toBe(0)
			await supervisor.close()
			expect(await storedTables(directory, recording)).toEqual(before)
		})

		it('fresh nodes derive what is gone by themselves, replace what was invalid there, and change nothing', async () => {
			const recording = await recordingOf(name)
			const first = await replayed(recording)
			const directory = await prunedDirectory(recording, first)
			const before = await storedTables(directory, recording)
			const late = await replayed(recording)
			const { supervisor } = await superviseAll(expiring(recording), directory, [first, late])
			await caughtUp(recording, late)
			expect(supervisor.stoppedChains.size).toBe(0)
			expect(supervisor.disputes.size).toBe(0)
			expect(new Set(toldToInvalidate(recording, late))).toEqual(new Set(invalidatedOf(recording)))
			await supervisor.close()
			expect(await storedTables(directory, recording)).toEqual(before)
		})
	},
)

describe('what must be kept', () => {
	it('a retention below the expiry window and a day is refused', () => {
		const hours = (count: number) => count * 3_600_000
		expect(() => checkRetention(undefined, 604_800n)).not.toThrow()
		expect(() => checkRetention(hours(192), 604_800n)).not.toThrow()
		expect(() => checkRetention(hours(192) - 1, 604_800n)).toThrow(RetentionTooShortError)
		expect(() => checkRetention(hours(192), 604_801n)).toThrow(/192h is less than 192.*expiry window/)
		expect(() => checkRetention(hours(87_600), 2n ** 64n - 1n)).toThrow(RetentionTooShortError)
	})

	it('a store that was pruned for a shorter expiry window is refused', async () => {
		const recording = await recordingOf('steady')
		const replay = await replayed(recording)
		const directory = await prunedDirectory(recording, replay)
		await expect(superviseAll(recording, directory, [replay])).rejects.toThrow(PrunedTooFarError)
	})
})
