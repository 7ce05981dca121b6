import { expect, it } from 'vitest'
import type { DerivedBlockRefPair } from '../../src/protocol/block.js'
import { expectedTables, storedTables } from './expected-tables.js'
import { LyingNode } from './lying-node.js'
import { sampleRecording } from './sample-recording.js'
import { allAnswered, headsReached, replayed, supervise } from './supervised.js'

/** The L1 block before the first that gives two L2 blocks. */
const AT = 20

it('a move that names an L2 block of a state before a reset, as if it were derived from that L1 block, is not believed', async () => {
	const recording = sampleRecording({ derived: 60 })
	const replay = await replayed(recording)
	const [first, second] = replay.nodes
	if (first === undefined || second === undefined) throw new Error('two nodes are needed')
	const node = await LyingNode.before(first.url)
	const blocks = recording.chains[0]?.blocks.map(({ block }) => block) ?? []
	let isTold = false
	node.onEvent = (event) => {
		const link = event.derivationUpdate as DerivedBlockRefPair | undefined
		if (isTold || link?.source.number !== AT) return [event]
		const { number, hash, parentHash, timestamp } = blocks[link.derived.number + 1] ?? link.derived
		isTold = true
		// It would be local-safe one L1 block before the true one.
		return [
			event,
			{ ...event, derivationUpdate: { ...link, derived: { number, hash, parentHash, timestamp } } },
		]
	}
	const nodes = [node.url, second.url].map((url) => ({ url, jwtSecret: replay.jwtSecret }))
	const { supervisor, directory } = await supervise(recording, replay, { nodes })
	await headsReached({ supervisor }, recording)
	await allAnswered(recording, replay)
	expect(isTold).toBe(true)
	await supervisor.close()
	expect(await storedTables(directory, recording)).toEqual(expectedTables(recording))
})
