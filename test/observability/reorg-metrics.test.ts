import { expect, it } from 'vitest'
import { Metrics } from '../../src/observability/metrics/metrics.js'
import { recordingOf } from '../promotion/recordings.js'
import { afterTest } from '../supervisor/cleanup.js'
import { until } from '../supervisor/deadline.js'
import { Gate } from '../supervisor/gate.js'
import { sampleRecording } from '../supervisor/sample-recording.js'
import { headsReached, replayed, supervise } from '../supervisor/supervised.js'
import { Samples } from './samples.js'

function newMetrics(): Metrics {
	const metrics = new Metrics({ version: '1.2.3' })
	afterTest(() => metrics.close())
	return metrics
}

it('an L1 reorg that all chains have to follow is counted by its depth', async () => {
	const recording = await recordingOf('l1-reorg')
	const lost = recording.l1.find(({ canonical }) => !canonical)?.block.number ?? 0
	const reorg = recording.l1.find(({ block, canonical }) => canonical && block.number === lost)
	const replay = await replayed(recording, { kind: 'steps' })
	const metrics = newMetrics()
	const { supervisor } = await supervise(recording, replay, {}, { metrics })
	metrics.readFrom(supervisor)
	replay.advance((reorg?.t ?? 0) - 1)
	const sources = () => supervisor.read().store.chains.map(({ derivationOrigin = 0 }) => derivationOrigin)
	await until('a chain on the branch that will be lost', () => Math.max(...sources()) >= lost)
	replay.advance(Number.POSITIVE_INFINITY)
	await headsReached({ supervisor }, recording)
	const samples = Samples.parse(await metrics.text())
	expect(samples.value('vigil_l1_reorg_depth_blocks_count')).toBeGreaterThan(0)
	expect(samples.value('vigil_l1_cut_depth_blocks_count')).toBe(1)
	expect(samples.value('vigil_l1_cut_depth_blocks_sum')).toBeGreaterThan(0)
})

it('a reorg of an unsafe chain is counted by its depth', async () => {
	const [from, length] = [30, 50]
	const recording = sampleRecording({ derived: 60, fork: { from, length }, chainIds: [901] })
	const replay = await replayed(recording)
	// Without L1 nothing is derived: the blocks that L1 does not know are indexed first.
	const gate = await Gate.before(replay.l1Url)
	const metrics = newMetrics()
	const { supervisor } = await supervise(recording, replay, { l1Urls: [gate.url] }, { metrics })
	metrics.readFrom(supervisor)
	const chain = '901'
	const head = async () =>
		Samples.parse(await metrics.text()).value('vigil_head_block_number', { chain, level: 'local-unsafe' })
	await until('the head of the first branch', async () => (await head()) === from + length - 1)
	await gate.open()
	await headsReached({ supervisor }, recording)
	const samples = Samples.parse(await metrics.text())
	expect(samples.value('vigil_unsafe_reorg_depth_blocks_count', { chain })).toBe(1)
	expect(samples.value('vigil_unsafe_reorg_depth_blocks_sum', { chain })).toBe(length)
})
