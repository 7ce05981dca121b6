import { expect, it } from 'vitest'
import type { BlockId } from '../../src/protocol/block.js'
import type { ChainId } from '../../src/protocol/chain-id.js'
import { until } from './deadline.js'
import { type Answer, LyingNode } from './lying-node.js'
import { sampleRecording } from './sample-recording.js'
import { allAnswered, headsReached, providedTo, replayed, supervise } from './supervised.js'

const CHAIN = 901n as ChainId
const DERIVED = 60

/** A cluster at its end, whose first node stands behind a proxy. */
async function atTheEnd(silenceMs?: number) {
	const recording = sampleRecording({ derived: DERIVED })
	const replay = await replayed(recording)
	const [first, second] = replay.nodes
	if (first === undefined || second === undefined) throw new Error('two nodes are needed')
	const node = await LyingNode.before(first.url)
	const nodes = [node.url, second.url].map((url) => ({ url, jwtSecret: replay.jwtSecret }))
	const start = () =>
		supervise(recording, replay, { nodes, ...(silenceMs === undefined ? {} : { silenceMs }) })
	const supervised = await start()
	await headsReached(supervised, recording)
	await allAnswered(recording, replay)
	return { recording, replay, node, nodes, ...supervised }
}

/** Answers the first `times` resets with an error. */
function refuse(node: LyingNode, error: NonNullable<Answer['error']>, times: number): void {
	let refused = 0
	node.lies.set('interop_reset', ({ id, ...answer }) =>
		refused++ < times
			? { ...(id === undefined ? {} : { id }), error }
			: { ...(id === undefined ? {} : { id }), ...answer },
	)
}

/** Local-unsafe and local-safe of every reset that the node was asked for since `from`. */
const resetsOf = (node: LyingNode, from: number) =>
	node.calls
		.slice(from)
		.filter(({ method }) => method === 'interop_reset')
		.map(({ params }) => [(params[0] as BlockId).number, (params[2] as BlockId).number])

it.each([
	['a block that it does not have', { code: -39001, message: 'safe reset target not found' }],
	['a block of which it has another', { code: -39002, message: 'conflicting block' }],
])(
	'a node that refuses %s is reset deeper each time: first the same again, then 1, 2 blocks lower',
	async (_, error) => {
		const { recording, replay, node, logs } = await atTheEnd()
		const from = node.calls.length
		const provided = replay.calls.length
		refuse(node, error, 4)
		node.emit({ reset: 'a test wants it' })
		const unsafe = recording.heads.get(CHAIN)?.localUnsafe?.number
		await until('five resets', () => resetsOf(node, from).length >= 5)
		expect(resetsOf(node, from)).toEqual([
			[unsafe, DERIVED],
			[unsafe, DERIVED],
			[DERIVED, DERIVED],
			[DERIVED - 1, DERIVED - 1],
			[DERIVED - 3, DERIVED - 3],
		])
		await until(
			'the node to be where it was',
			() => providedTo(replay, CHAIN, provided).at(-1) === DERIVED + 2,
		)
		expect(logs.records.filter(({ msg }) => msg.includes('refused the reset'))).toHaveLength(4)
	},
)

it('a node whose lookup failed is reset to the same heads again', async () => {
	const { node } = await atTheEnd()
	const from = node.calls.length
	refuse(node, { code: -32603, message: 'failed to find block reference' }, 2)
	node.emit({ reset: 'a test wants it' })
	await until('three resets', () => resetsOf(node, from).length >= 3)
	expect(new Set(resetsOf(node, from).map(String)).size).toBe(1)
})

it('a node that is days ahead of an empty Vigil keeps its unsafe head, because it takes no reset so deep', async () => {
	const { recording, replay, node, nodes, supervisor } = await atTheEnd()
	await supervisor.close()
	const from = node.calls.length
	refuse(node, { code: -32000, message: 'reorg is too deep: traversed back to L2 block 0' }, 1)
	const again = await supervise(recording, replay, { nodes })
	await headsReached(again, recording)
	const unsafe = recording.heads.get(CHAIN)?.localUnsafe?.number
	expect(resetsOf(node, from).slice(0, 2)).toEqual([
		[0, 0],
		[unsafe, 0],
	])
})

it('a node that says that the target is older than interop resets by its own rules', async () => {
	const { node } = await atTheEnd()
	refuse(
		node,
		{ code: -32000, message: 'proposed local-unsafe block found to be reorged to is not interop-enabled' },
		1,
	)
	const own = node.called('interop_resetPreInterop')
	node.emit({ reset: 'a test wants it' })
	await own
})

it('on every connection a node that stands where the chain does is given its next L1 block, without an event', async () => {
	const { replay, node, supervisor } = await atTheEnd(60_000)
	const { resets } = supervisor
	const from = replay.calls.length
	node.onEvent = () => []
	node.drop()
	await until('the next L1 block', () => providedTo(replay, CHAIN, from).includes(DERIVED + 2))
	expect(supervisor.resets).toBe(resets)
})
