import { describe, expect, it } from 'vitest'
import { assignLanes } from '../../src/indexing/index-pool.js'
import type { ChainId } from '../../src/protocol/chain-id.js'

const chains = (count: number) => Array.from({ length: count }, (_, i) => BigInt(901 + i) as ChainId)

describe('assignLanes', () => {
	it('gives each chain one thread when there are chains enough', () => {
		const lanes = assignLanes(chains(5), 2)
		expect([...lanes.values()]).toEqual([[0], [1], [0], [1], [0]])
	})

	it('gives a chain several threads rather than leave one idle', () => {
		expect([...assignLanes(chains(1), 4).values()]).toEqual([[0, 1, 2, 3]])
		expect([...assignLanes(chains(2), 5).values()]).toEqual([
			[0, 2, 4],
			[1, 3],
		])
	})
})
