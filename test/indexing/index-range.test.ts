import { expect, it } from 'vitest'
import { CallWindow } from '../../src/indexing/call-window.js'
import { type BlockSource, indexRange } from '../../src/indexing/index-range.js'
import type { BlockRef } from '../../src/protocol/block.js'
import type { Hash } from '../../src/protocol/hash.js'
import { CHAIN_A, chainOf, childOf } from '../storage/sample-chain.js'

const blocks = chainOf(CHAIN_A, 8)
const at = (number: number) => blocks[number] as BlockRef

/** Reads blocks 1 to 7 of a node that has `blocks`. */
async function index(announced: readonly BlockRef[]) {
	const asked: number[] = []
	const receipts: Hash[] = []
	const written: number[] = []
	const source: BlockSource = {
		refByNumber: async (number) => {
			asked.push(number)
			return at(number)
		},
		receipts: async (hash, read) => {
			receipts.push(hash)
			return read(Buffer.from('[]'))
		},
	}
	const result = await indexRange(
		{ chainId: CHAIN_A, nodeAddress: 'ws://node', from: 1, to: 7, announced },
		{
			source,
			writer: {
				pack: ({ number }) => ({ number, record: new Uint8Array(1) }),
				write: async (batch) => {
					written.push(...batch.map(({ number }) => number))
				},
			},
			decode: () => ({ logCount: 0, logHashes: new Uint8Array(0), executing: [] }),
			window: new CallWindow({ calls: { first: 4, least: 4, most: 4 }, maxBytes: 100, expectedBytes: 1 }),
			myTurn: Promise.resolve(),
			signal: new AbortController().signal,
		},
	)
	return { result, asked, receipts, written }
}

it('asks by number for the blocks that nobody told of, and for the receipts of all', async () => {
	const { result, asked, receipts, written } = await index([at(2), at(3), at(7)])
	expect(asked).toEqual([1, 4, 5, 6])
	expect(new Set(receipts)).toEqual(new Set(blocks.slice(1).map(({ hash }) => hash)))
	expect(written).toEqual([1, 2, 3, 4, 5, 6, 7])
	expect(result.failure).toBeUndefined()
})

it('keeps what is below a block that was told and does not fit', async () => {
	const other = childOf(CHAIN_A, childOf(CHAIN_A, at(2), 'other'), 'other')
	const { result, written } = await index([at(1), at(2), other])
	expect(result.blocks.map(({ number }) => number)).toEqual([1, 2, 3])
	expect(written).toEqual([1, 2, 3])
	expect(result.failure).toMatchObject({ kind: 'broken-run', blockNumber: 4 })
})
