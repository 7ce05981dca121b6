import { expect, it } from 'vitest'
import type { ChainId } from '../../src/protocol/chain-id.js'
import { until } from './deadline.js'
import { LyingNode } from './lying-node.js'
import { sampleRecording } from './sample-recording.js'
import { headsReached, replayed, supervise } from './supervised.js'

const CHAIN = 901n as ChainId

it.each([
	['lost, because it came while the node was being reset', true],
	['swallowed, and no other follows', false],
])('an unsafe block whose only announcement is %s is found all the same', async (_, isAtReset) => {
	const recording = sampleRecording({ derived: 40, ahead: 5 })
	const replay = await replayed(recording, { kind: 'asap', announce: 'each' })
	const [first] = replay.nodes
	if (first === undefined) throw new Error('a node is needed')
	const node = await LyingNode.before(first.url)
	const nodes = [node.url, ...replay.nodes.slice(1).map(({ url }) => url)].map((url) => ({
		url,
		jwtSecret: replay.jwtSecret,
	}))
	const last = recording.heads.get(CHAIN)?.localUnsafe?.number ?? 0
	const isLate = (event: Record<string, unknown>) =>
		((event.unsafeBlock as { number: number } | undefined)?.number ?? 0) > last - 3
	node.onEvent = (event) => (isLate(event) ? [] : [event])
	// On the connect nobody looks beyond the block before.
	node.lies.set('interop_l2BlockRefByNumber', (answer, [number]) =>
		Number(number) > last - 3
			? { ...answer, result: undefined, error: { code: -32000, message: 'not found' } }
			: answer,
	)
	const supervised = await supervise(recording, replay, { nodes })
	const { supervisor } = supervised
	await until(
		'all that is told',
		() => supervisor.reader.syncStatus().chains.get(CHAIN)?.localUnsafe.number === last - 3,
	)
	node.lies.clear()
	if (isAtReset) node.emit({ reset: 'a test wants it' })
	await headsReached(supervised, recording)
	expect(supervisor.stoppedChains.size).toBe(0)
})

it('a chain whose node stands still before its first link, unheard, begins all the same', async () => {
	const recording = sampleRecording({ derived: 40, activation: 10 })
	const replay = await replayed(recording)
	const [first, second] = replay.nodes
	if (first === undefined || second === undefined) throw new Error('two nodes are needed')
	const node = await LyingNode.before(first.url)
	const nodes = [node.url, second.url].map((url) => ({ url, jwtSecret: replay.jwtSecret }))
	let lost = 0
	// What it says of its derivation is lost until it is given an L1 block.
	node.onEvent = (event) => {
		const isHeard = node.calls.some(({ method }) => method === 'interop_provideL1')
		if (isHeard || event.exhaustL1 === undefined) return [event]
		lost++
		return []
	}
	const supervised = await supervise(recording, replay, { nodes })
	await headsReached(supervised, recording)
	expect(lost).toBeGreaterThan(0)
})
