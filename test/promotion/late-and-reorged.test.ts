import { describe, expect, it } from 'vitest'
import type { ReplayPace } from '../../src/recording/replay/pace.js'
import { until } from '../supervisor/deadline.js'
import { replayed, supervise } from '../supervisor/supervised.js'
import { endReached } from './recorded-end.js'
import { type RecordingName, recordingOf } from './recordings.js'

const ASAP: ReplayPace = { kind: 'asap' }
const QUICK: ReplayPace = { kind: 'recorded', speed: 50 }

describe.each<[RecordingName, ReplayPace]>([
	['late-supervisor', ASAP],
	['late-supervisor', QUICK],
	['l1-reorg', ASAP],
	['l1-reorg', QUICK],
])('%s, %o', (name, pace) => {
	it('ends with all of its recorded heads', async () => {
		const recording = await recordingOf(name)
		const replay = await replayed(recording, pace)
		const { supervisor } = await supervise(recording, replay)
		await endReached(supervisor, recording)
		expect(supervisor.stoppedChains.size).toBe(0)
		expect(supervisor.disputes.size).toBe(0)
	})
})

it('l1-reorg: local-unsafe follows an unsafe reorg at once, long before L1 has anything of it', async () => {
	const recording = await recordingOf('l1-reorg')
	const [chain] = recording.chains
	const lost = chain?.blocks.find(({ canonical }) => !canonical)
	if (chain === undefined || lost === undefined) throw new Error('the recording has no reorg')
	const { number } = lost.block
	const instead = chain.blocks.find(({ canonical, block }) => canonical && block.number === number)
	const replay = await replayed(recording, { kind: 'steps' })
	const { supervisor } = await supervise(recording, replay)
	const status = () => supervisor.reader.syncStatus().chains.get(chain.chainId)
	replay.advance(lost.t)
	await until(
		'the block that will be lost',
		() => supervisor.reader.localUnsafe(chain.chainId).hash === lost.block.hash,
	)
	replay.advance(instead?.t ?? 0)
	await until(
		() => `the block in its place; there is ${JSON.stringify(status())}`,
		() => supervisor.reader.localUnsafe(chain.chainId).hash === instead?.block.hash,
	)
	expect(status()?.localSafe.number).toBeLessThan(number)
})
