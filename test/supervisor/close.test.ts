import { expect, it } from 'vitest'
import type { ChainId } from '../../src/protocol/chain-id.js'
import { withDeadline } from './deadline.js'
import { LyingNode } from './lying-node.js'
import { sampleRecording } from './sample-recording.js'
import { replayed, supervise } from './supervised.js'

const WARN = 40

it('a close in mid-range ends at once and quietly: cut connections and tasks are no faults then', async () => {
	const recording = sampleRecording({ derived: 400 })
	const replay = await replayed(recording, { kind: 'asap' }, 2)
	const { supervisor, logs } = await supervise(recording, replay)
	await new Promise<void>((resolve) => supervisor.once('sealed', () => resolve()))
	const before = logs.records.length
	await withDeadline('the close', supervisor.close())
	expect(logs.records.slice(before).filter(({ level }) => level >= WARN)).toEqual([])
})

it('a close does not wait for a node that answers nothing', async () => {
	const recording = sampleRecording({ derived: 50, chainIds: [901] })
	const replay = await replayed(recording)
	const [behind] = replay.nodes
	if (behind === undefined) throw new Error('a node is needed')
	const node = await LyingNode.before(behind.url)
	const mute = () => new Promise<never>(() => undefined)
	node.lies.set('interop_fetchReceipts', mute)
	node.lies.set('interop_provideL1', mute)
	const calls = Promise.all([node.called('interop_fetchReceipts'), node.called('interop_provideL1')])
	const nodes = [{ url: node.url, jwtSecret: replay.jwtSecret }]
	const { supervisor } = await supervise(recording, replay, { nodes })
	await withDeadline('calls in flight', calls)
	const started = performance.now()
	await withDeadline('the close', supervisor.close())
	// Each call alone would wait ten seconds.
	expect(performance.now() - started).toBeLessThan(5_000)
})

it('a second close waits for the first', async () => {
	const recording = sampleRecording({ derived: 5 })
	const { supervisor } = await supervise(recording, await replayed(recording))
	await Promise.all([supervisor.close(), supervisor.close()])
	expect(() => supervisor.reader.localUnsafe(901n as ChainId)).toThrow()
})
