import { describe, expect, it } from 'vitest'
import { endReached } from '../promotion/recorded-end.js'
import { type RecordingName, recordingOf } from '../promotion/recordings.js'
import { temporaryDirectory } from './cleanup.js'
import { storedTables } from './expected-tables.js'
import { caughtUp, invalidatedOf, superviseAll, toldToInvalidate } from './late-nodes.js'
import { replayed } from './supervised.js'

describe.each<[RecordingName]>([['invalid-message'], ['invalid-message-twice'], ['cycle']])('%s', (name) => {
	it('fresh nodes that join later replace what was invalidated long ago, are not reset for it, and change nothing', async () => {
		const recording = await recordingOf(name)
		const directory = temporaryDirectory()
		const first = await replayed(recording)
		const alone = await superviseAll(recording, directory, [first])
		await endReached(alone.supervisor, recording)
		await alone.supervisor.close()
		const before = await storedTables(directory, recording)

		const late = await replayed(recording)
		const both = await superviseAll(recording, directory, [first, late])
		await caughtUp(recording, late)
		expect(both.supervisor.stoppedChains.size).toBe(0)
		expect(both.supervisor.disputes.size).toBe(0)
		expect(new Set(toldToInvalidate(recording, late))).toEqual(new Set(invalidatedOf(recording)))
		// Each fresh node is reset once, because it asks for it.
		const resets = both.logs.records.filter(({ msg }) => msg === 'resetting the node')
		expect(resets.map(({ reason }) => reason)).toEqual(
			late.nodes.map(() => expect.stringContaining('the node asks for it')),
		)
		await both.supervisor.close()
		expect(await storedTables(directory, recording)).toEqual(before)
	})

	it('two nodes of each chain from the start, one much slower: all replace the invalid blocks', async () => {
		const recording = await recordingOf(name)
		const quick = await replayed(recording)
		const slow = await replayed(recording, { kind: 'asap' }, 20)
		const { supervisor } = await superviseAll(recording, temporaryDirectory(), [quick, slow])
		await endReached(supervisor, recording)
		await caughtUp(recording, quick)
		await caughtUp(recording, slow)
		expect(supervisor.stoppedChains.size).toBe(0)
		expect(supervisor.disputes.size).toBe(0)
	})
})
