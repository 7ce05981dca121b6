import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ChainId } from '../../src/protocol/chain-id.js'
import { DataCorruptionError } from '../../src/protocol/errors.js'
import { packLogBlock } from '../../src/storage/index.js'
import { readExecuting, readLogHash, unpackLogBlock } from '../../src/storage/read-log-block.js'
import { CHAIN_A, chainOf, logHash, logsOf, packed } from './sample-chain.js'

const block = chainOf(CHAIN_A, 8)[7] ?? expect.fail()

/** Runs a read of a damaged record: it may be refused by name, or (where the damage is elsewhere) be right. */
function refusedOrRight<T>(read: () => T, right: T): void {
	try {
		expect(read()).toEqual(right)
	} catch (error) {
		expect(error).toBeInstanceOf(DataCorruptionError)
		expect(String(error)).toContain(`log block ${block.number} ${block.hash} of chain ${CHAIN_A}`)
	}
}

function refused(read: () => unknown): void {
	expect(read).toThrow(DataCorruptionError)
}

describe('a packed log block', () => {
	it.each([0, 1, 4, 31, 32, 33, 64, 200])('gives back %i logs, whole and one by one', (logCount) => {
		const { record } = packed(block, logCount)
		expect(unpackLogBlock(record, CHAIN_A, block)).toEqual({ ref: block, logs: logsOf(block, logCount) })
		expect(readExecuting(record, CHAIN_A, block)).toEqual(logsOf(block, logCount).executing)
		for (let i = 0; i < logCount; i++)
			expect(readLogHash(record, CHAIN_A, block, i)).toEqual(new Uint8Array(logHash(block, i)))
		for (const index of [logCount, 2 ** 32, -1, 0.5, Number.NaN])
			expect(readLogHash(record, CHAIN_A, block, index)).toBeUndefined()
	})

	it('takes chain IDs of any size, 24 bytes more a message if one has over 8 bytes', () => {
		const logs = logsOf(block, 40)
		const most = 2n ** 64n - 1n
		const withChains = (chainIds: readonly bigint[]) => ({
			...logs,
			executing: logs.executing.map(({ logIndex, message }, i) => ({
				logIndex,
				message: { ...message, chainId: (chainIds[i % chainIds.length] ?? 0n) as ChainId },
			})),
		})
		const sizeOf = (chainIds: readonly bigint[]) =>
			packLogBlock({ ref: block, logs: withChains(chainIds) }).record.length
		expect(sizeOf([0n, most + 1n]) - sizeOf([0n, most])).toBe(24 * logs.executing.length)
		const chainId = fc.oneof(fc.bigInt({ min: 0n, max: most }), fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }))
		fc.assert(
			fc.property(fc.array(chainId, { minLength: 1, maxLength: 4 }), (chainIds) => {
				const given = withChains(chainIds)
				const { record } = packLogBlock({ ref: block, logs: given })
				expect(unpackLogBlock(record, CHAIN_A, block)).toEqual({ ref: block, logs: given })
				expect(readExecuting(record, CHAIN_A, block)).toEqual(given.executing)
				// The version says how the rest is read: taken for the other, the record is refused.
				record.writeUInt8(3 - record.readUInt8(4), 4)
				refused(() => readExecuting(record, CHAIN_A, block))
				record.writeUInt8(3, 4)
				refused(() => readExecuting(record, CHAIN_A, block))
			}),
		)
	})

	it('is refused at every truncation, and with bytes added', () => {
		const { record } = packed(block, 34)
		for (let size = 0; size < record.length; size++) {
			const cut = Buffer.from(record.subarray(0, size))
			refused(() => unpackLogBlock(cut, CHAIN_A, block))
			refused(() => readLogHash(cut, CHAIN_A, block, 0))
		}
		refused(() => readLogHash(Buffer.concat([record, Buffer.alloc(1)]), CHAIN_A, block, 0))
	})

	it('is refused whole, and never read wrongly in part, after any flip of one bit', () => {
		const { record } = packed(block, 34)
		const first = new Uint8Array(logHash(block, 0))
		const last = new Uint8Array(logHash(block, 33))
		const { executing } = logsOf(block, 34)
		for (let bit = 0; bit < record.length * 8; bit++) {
			const flipped = Buffer.from(record)
			flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
			refused(() => unpackLogBlock(flipped, CHAIN_A, block))
			refusedOrRight(() => readLogHash(flipped, CHAIN_A, block, 0), first)
			refusedOrRight(() => readLogHash(flipped, CHAIN_A, block, 33), last)
			refusedOrRight(() => readExecuting(flipped, CHAIN_A, block), executing)
		}
	})

	it('is refused after swapping two chunks together with their checksums', () => {
		const { record } = packed(block, 96)
		const swapped = Buffer.from(record)
		record.copy(swapped, 60, 60 + 1_024, 60 + 2_048)
		record.copy(swapped, 60 + 1_024, 60, 60 + 1_024)
		const crcs = 60 + 96 * 32
		record.copy(swapped, crcs, crcs + 4, crcs + 8)
		record.copy(swapped, crcs + 4, crcs, crcs + 4)
		refused(() => readLogHash(swapped, CHAIN_A, block, 0))
		refused(() => readLogHash(swapped, CHAIN_A, block, 40))
		expect(readLogHash(swapped, CHAIN_A, block, 70)).toEqual(new Uint8Array(logHash(block, 70)))
	})

	it('is refused under the key of another block', () => {
		const { record } = packed(block, 5)
		for (const other of [
			{ ...block, number: block.number + 1 },
			{ ...block, hash: block.parentHash },
		])
			refused(() => readLogHash(record, CHAIN_A, other, 0))
	})

	it('is refused, or read rightly, after any mutation of a large one', () => {
		const logCount = 300
		const { record } = packed(block, logCount)
		const right = logsOf(block, logCount)
		const edit = fc.record({
			at: fc.nat(record.length - 1),
			bytes: fc.uint8Array({ minLength: 1, maxLength: 80 }),
		})
		const mutation = fc.record({ edits: fc.array(edit, { minLength: 1, maxLength: 6 }), cut: fc.nat(40) })
		fc.assert(
			fc.property(mutation, fc.nat(logCount - 1), ({ edits, cut }, index) => {
				const mutated = Buffer.from(record.subarray(0, record.length - cut))
				for (const { at, bytes } of edits)
					if (at < mutated.length) mutated.set(bytes.subarray(0, mutated.length - at), at)
				refusedOrRight(
					() => readLogHash(mutated, CHAIN_A, block, index),
					new Uint8Array(logHash(block, index)),
				)
				refusedOrRight(() => readExecuting(mutated, CHAIN_A, block), right.executing)
				refusedOrRight(() => unpackLogBlock(mutated, CHAIN_A, block), { ref: block, logs: right })
			}),
			{ numRuns: 2_000 },
		)
	})

	it('is refused, whatever bytes stand in its place', () => {
		const magic = Buffer.from('VGLB\u0001\0\0\0')
		fc.assert(
			fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (bytes, withMagic) => {
				const record = withMagic ? Buffer.concat([magic, bytes]) : Buffer.from(bytes)
				refused(() => unpackLogBlock(record, CHAIN_A, block))
				refused(() => readLogHash(record, CHAIN_A, block, 0))
				refused(() => readExecuting(record, CHAIN_A, block))
			}),
		)
	})

	it('is not made of logs that contradict themselves', () => {
		const logs = logsOf(block, 20)
		const [first, second] = logs.executing
		if (first === undefined || second === undefined) return expect.fail()
		const pack = (change: Partial<typeof logs>) => () =>
			packLogBlock({ ref: block, logs: { ...logs, ...change } })
		expect(pack({ logCount: 21 })).toThrow(RangeError)
		expect(pack({ executing: [second, first] })).toThrow(RangeError)
		expect(pack({ executing: [{ ...first, logIndex: 20 }] })).toThrow(RangeError)
		expect(
			pack({ executing: [{ ...first, message: { ...first.message, blockNumber: 2n ** 64n } }] }),
		).toThrow(RangeError)
		expect(() => packLogBlock({ ref: { ...block, timestamp: 2 ** 53 }, logs })).toThrow(RangeError)
	})
})
