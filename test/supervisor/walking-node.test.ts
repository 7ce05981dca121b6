import { expect, it } from 'vitest'
import type { BlockRef } from '../../src/protocol/block.js'
import { until } from './deadline.js'
import { type Answer, LyingNode } from './lying-node.js'
import { hashOf, sampleRecording, sourceOf } from './sample-recording.js'
import { headsReached, replayed, supervise } from './supervised.js'

const DERIVED = 40
/** From here on the node has other blocks than L1. */
const ASTRAY = 31
const REF = 'interop_l2BlockRefByNumber'
const COMPARED = 'a node has another branch, which is not followed'

const other = (number: number) => hashOf('another block', number)

it('a node that was reset for its own branch is left to derive what L1 has, whatever it builds until then', async () => {
	const recording = sampleRecording({ derived: DERIVED, ahead: 0 })
	const replay = await replayed(recording)
	const [first, second] = replay.nodes
	if (first === undefined || second === undefined) throw new Error('two nodes are needed')
	const node = await LyingNode.before(first.url)
	const nodes = [node.url, second.url].map((url) => ({ url, jwtSecret: replay.jwtSecret }))
	const { supervisor, logs } = await supervise(recording, replay, { nodes })
	await headsReached({ supervisor }, recording)

	const count = (msg: string) => logs.records.filter((record) => record.msg === msg).length
	const asked = () => node.calls.filter(({ method, params }) => method === REF && params[0] === ASTRAY).length
	const [resets, done] = [count('resetting the node'), count('the node is reset')]
	// It stays on its way, because nothing of what it derives is heard.
	const held: object[] = []
	node.onEvent = (event) => {
		held.push(event)
		return []
	}
	node.lies.set(REF, (answer, [number]) => onOtherBranch(answer, Number(number)))
	node.drop()
	await until('the reset', () => count('the node is reset') > done)
	for (let round = 0; round < 3; round++) {
		const [compared, askedBefore] = [count(COMPARED), asked()]
		const unsafeBlock = {
			...{ hash: hashOf('on the other branch', round), parentHash: other(DERIVED) },
			...{ number: DERIVED + 1, timestamp: 1_900_000_000 },
		}
		node.emit({ unsafeBlock })
		await until(
			'the comparison of the log index, and of the node',
			() => count(COMPARED) > compared && asked() > askedBefore + 1,
		)
	}
	expect(count('resetting the node') - resets).toBe(1)

	const provided = node.calls.length
	node.lies.clear()
	node.onEvent = (event) => [event]
	node.emit(...held)
	const isLast = (params: readonly unknown[]) => (params[0] as BlockRef).number === sourceOf(DERIVED) + 1
	await until('L1 to be given to the end', () =>
		node.calls.slice(provided).some(({ method, params }) => method === 'interop_provideL1' && isLast(params)),
	)
	expect(count('resetting the node') - resets).toBe(1)
	expect(supervisor.stoppedChains.size).toBe(0)
})

function onOtherBranch(answer: Answer, number: number): Answer {
	if (number < ASTRAY || answer.result === undefined) return answer
	const ref = answer.result as BlockRef
	const parentHash = number === ASTRAY ? ref.parentHash : other(number - 1)
	return { ...answer, result: { ...ref, hash: other(number), parentHash } }
}
