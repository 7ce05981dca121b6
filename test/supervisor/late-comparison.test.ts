import { expect, it } from 'vitest'
import type { BlockId } from '../../src/protocol/block.js'
import type { ChainId } from '../../src/protocol/chain-id.js'
import { until } from './deadline.js'
import { LyingNode } from './lying-node.js'
import { sampleRecording, timeOf } from './sample-recording.js'
import { headsReached, replayed, supervise } from './supervised.js'

const CHAIN = 901n as ChainId
const DERIVED = 40
const LAST = 45

it('a comparison that is answered late takes nothing back of what the node has derived meanwhile', async () => {
	const recording = sampleRecording({ derived: DERIVED, ahead: LAST - DERIVED })
	const replay = await replayed(recording, { kind: 'steps' })
	const [first, second] = replay.nodes
	if (first === undefined || second === undefined) throw new Error('two nodes are needed')
	const node = await LyingNode.before(first.url)
	const nodes = [node.url, second.url].map((url) => ({ url, jwtSecret: replay.jwtSecret }))
	const told = (method: string) =>
		(node.calls.findLast((call) => call.method === method)?.params[0] as BlockId | undefined)?.number
	replay.advance(timeOf(20))
	const { supervisor } = await supervise(recording, replay, { nodes })
	await until('half of the chain', () => (told('interop_updateCrossSafe') ?? 0) >= 10)

	let release: () => void = () => {}
	const released = new Promise<void>((resolve) => {
		release = resolve
	})
	let isHeld = false
	node.lies.set('interop_l2BlockRefByNumber', async (answer, [asked]) => {
		if (asked !== supervisor.reader.localSafe(CHAIN).derived.number || isHeld) return answer
		isHeld = true
		await released
		return answer
	})
	node.drop()
	await until('the question on the new connection', () => isHeld)
	replay.advance(timeOf(LAST) - 1)
	await until('the new cross-safe head', () => told('interop_updateCrossSafe') === DERIVED)
	release()
	// What is told after the answer has come.
	replay.advance(timeOf(LAST))
	await headsReached({ supervisor }, recording)
	await until('the new cross-unsafe head', () => told('interop_updateCrossUnsafe') === LAST)
	expect(told('interop_updateCrossSafe')).toBe(DERIVED)
})
