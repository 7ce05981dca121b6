import { expect, it } from 'vitest'
import type { BlockRef } from '../../src/protocol/block.js'
import type { ChainId } from '../../src/protocol/chain-id.js'
import { storedTables } from './expected-tables.js'
import { sampleRecording, sourceOf } from './sample-recording.js'
import { headsReached, replayed, supervise } from './supervised.js'

/** The activation block of the first chain is derived from this L1 block, that of the second from one four later. */
const FIRST_SOURCE = sourceOf(10)

it.each([901n, 902n] as ChainId[])(
	'chains that come into interop at different L1 blocks share one L1 without holes: %s first',
	async (first) => {
		const recording = sampleRecording({ derived: 40, activation: 10, late: 4 })
		const replay = await replayed(recording)
		for (const node of replay.nodes) node.refusing = node.chainId !== first
		const { supervisor, directory } = await supervise(recording, replay)
		await headsReached({ supervisor }, recording, [first])
		for (const node of replay.nodes) node.refusing = false
		await headsReached({ supervisor }, recording)
		expect(supervisor.stoppedChains.size).toBe(0)
		await supervisor.close()
		const l1 = (await storedTables(directory, recording)).filter(({ table }) => table === 'l1')
		const numbers = l1.map(({ row }) => (row as BlockRef).number)
		const last = recording.heads.get(first)?.localSafe?.source.number ?? 0
		expect(numbers).toEqual(Array.from({ length: last - FIRST_SOURCE + 1 }, (_, i) => FIRST_SOURCE + i))
	},
)
