import { describe, expect, it } from 'vitest'
import { clusterOf } from '../../src/recording/cluster-of.js'
import type { Recording } from '../../src/recording/recording.js'
import type { Replay } from '../../src/recording/replay/start-replay.js'
import { Supervisor } from '../../src/supervisor/supervisor.js'
import { endReached, recordedHead } from '../promotion/recorded-end.js'
import { type RecordingName, recordingOf } from '../promotion/recordings.js'
import { lastTold, toldOf } from '../promotion/told-heads.js'
import { afterTest, temporaryDirectory } from './cleanup.js'
import { until } from './deadline.js'
import { storedTables } from './expected-tables.js'
import { LogCapture } from './log-capture.js'
import { replayed } from './supervised.js'

/** A supervisor with the nodes of these replays, over the L1 of the first. */
async function superviseAll(recording: Recording, directory: string, replays: readonly Replay[]) {
	const logs = new LogCapture()
	const supervisor = await Supervisor.start(
		{
			cluster: clusterOf(recording),
			nodes: replays.flatMap(({ nodes, jwtSecret }) => nodes.map(({ url }) => ({ url, jwtSecret }))),
			l1Urls: replays.slice(0, 1).map(({ l1Url }) => l1Url),
			directory,
			confirmationDepth: recording.confirmationDepth,
			indexThreads: 1,
			verifyBlooms: false,
			workerLog: { level: 'silent', format: 'json', to: 'stderr' },
			l1PollIntervalMs: 20,
			silenceMs: 200,
		},
		{ log: logs.log },
	)
	afterTest(() => supervisor.close())
	return { supervisor, logs }
}

/** All nodes of a replay have derived the recorded end, and were told its last cross-safe head. */
async function caughtUp(recording: Recording, replay: Replay): Promise<void> {
	for (const { chainId, position } of replay.nodes.map((node) => ({
		chainId: node.chainId,
		position: () => node.position,
	}))) {
		const heads = recording.heads.get(chainId)
		await until(
			() => `the late node of chain ${chainId} to derive the end; it stands at ${JSON.stringify(position())}`,
			() => position().derived.hash === recordedHead(heads, 'localSafe')?.hash,
		)
		await until(
			() => `the late node of chain ${chainId} to be told the last cross-safe head`,
			() =>
				lastTold(toldOf(replay, chainId), 'crossSafe')?.block.hash === recordedHead(heads, 'crossSafe')?.hash,
		)
	}
}

const invalidatedOf = (recording: Recording) =>
	recording.chains.flatMap(({ chainId, replacements }) =>
		replacements.map((one) => `${chainId} ${one.invalidated.hash}`),
	)
const toldToInvalidate = (recording: Recording, replay: Replay) =>
	recording.chains.flatMap(({ chainId }) =>
		toldOf(replay, chainId)
			.filter(({ kind }) => kind === 'invalidate')
			.map(({ block }) => `${chainId} ${block.hash}`),
	)

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
