import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import type { LogContent } from '../../src/protocol/executing-message-log.js'
import { bytesToHash } from '../../src/protocol/hash.js'
import { encodeHexUint64 } from '../../src/protocol/hex-uint64.js'
import { recordingOf } from '../promotion/recordings.js'
import { loadVectors } from '../protocol/load-vectors.js'
import { answerOf, BLOCK, type LogShape } from './sample-answer.js'
import { agrees, kernel } from './specified.js'

afterAll(() => expect(kernel.trap).toBeUndefined())

describe('log hashes of the kernel', () => {
	it('agree with all 240 vectors', () => {
		const { cases } = loadVectors<{
			cases: { address: string; topics: string[]; data: string; logHash: string }[]
		}>('log-hash.json.gz')
		const logs = cases.map(({ address, topics, data }, i) => ({
			address,
			topics,
			data,
			logIndex: encodeHexUint64(i),
		}))
		const result = [{ blockHash: BLOCK.hash, transactionIndex: '0x0', logs }]
		const scanned = kernel.scan(Buffer.from(JSON.stringify({ result })), BLOCK)
		expect(cases.length).toBe(240)
		expect(scanned?.logCount).toBe(240)
		cases.forEach(({ logHash }, i) => {
			expect(bytesToHash(scanned?.logHashes ?? Buffer.alloc(0), 32 * i)).toBe(logHash)
		})
	})

	it('are there with all 132 vectors of executing messages, or what cannot be one is refused', () => {
		const { cases } = loadVectors<{
			cases: { log: LogContent; result: string; executingMessage?: { checksum: string } }[]
		}>('executing-message.json')
		const answerWith = (logs: readonly LogContent[]) => {
			const placed = logs.map((log, i) => ({ ...log, logIndex: encodeHexUint64(i) }))
			const result = [{ blockHash: BLOCK.hash, transactionIndex: '0x0', logs: placed }]
			return Buffer.from(JSON.stringify({ result }))
		}
		expect(cases.length).toBe(132)
		for (const c of cases) expect(agrees(answerWith([c.log]), BLOCK)).toBe(c.result !== 'error')
		// Checksums are made in pairs: all at once, and one less.
		const good = cases.filter(({ result }) => result !== 'error')
		for (const some of [good, good.slice(1)]) {
			const answer = answerWith(some.map(({ log }) => log))
			expect(agrees(answer, BLOCK)).toBe(true)
			expect(kernel.scan(answer, BLOCK)?.executing.map(({ message }) => message.checksum)).toEqual(
				some.flatMap(({ executingMessage }) => executingMessage?.checksum ?? []),
			)
		}
	})

	it("are the decoder's for data of 0 to 600 bytes behind 0 to 4 topics, alone", () => {
		for (let data = 0; data <= 600; data++) {
			expect(agrees(answerOf([{ topics: data % 5, data }]), BLOCK)).toBe(true)
		}
	})

	it.each([false, true])("are the decoder's for each of these in one block, members sorted: %s", (sorted) => {
		const shapes: LogShape[] = []
		for (let topics = 0; topics <= 4; topics++) {
			for (let data = 0; data <= 600; data++) shapes.push({ topics, data, sorted })
		}
		const random = shapes.toSorted(
			(a, b) => ((a.data * 7_919 + a.topics) % 601) - ((b.data * 7_919 + b.topics) % 601),
		)
		for (const order of [shapes, shapes.toReversed(), random])
			expect(agrees(answerOf(order), BLOCK)).toBe(true)
	})

	it("are the decoder's whichever logs are hashed beside one another", () => {
		const anyShape = fc.record({
			topics: fc.nat({ max: 4 }),
			data: fc.oneof(
				fc.nat({ max: 300 }),
				fc.nat({ max: 20_000 }),
				fc
					.tuple(fc.nat({ max: 30 }), fc.integer({ min: -33, max: 33 }))
					.map(([blocks, by]) => Math.max(0, 136 * blocks + by)),
			),
			sorted: fc.boolean(),
		})
		fc.assert(
			fc.property(fc.array(anyShape, { maxLength: 40 }), (shapes) => {
				expect(agrees(answerOf(shapes), BLOCK)).toBe(true)
			}),
			{ numRuns: 200 },
		)
	})

	it("are the decoder's in blocks of many logs, and of none", () => {
		for (const count of [0, 1, 2, 511, 512, 513, 1_024, 5_000]) {
			const shapes = Array.from({ length: count }, (_, i) => ({ topics: i % 5, data: (i * 37) % 700 }))
			const answer = answerOf(shapes)
			expect(agrees(answer, BLOCK)).toBe(true)
			expect(kernel.scan(answer, BLOCK)?.logCount).toBe(count)
		}
	})

	it("are the decoder's for data of megabytes, beside small ones", () => {
		const small = { topics: 3, data: 32 }
		for (const shapes of [
			[{ topics: 4, data: 3_000_000 }],
			[small, { topics: 0, data: 262_144 }, small, { topics: 4, data: 262_016, sorted: true }, small],
			[{ topics: 1, data: 1_000_001 }, small, small, { topics: 2, data: 999_999, sorted: true }],
		]) {
			expect(agrees(answerOf(shapes), BLOCK)).toBe(true)
		}
	})

	it.each(['steady', 'cycle', 'l1-reorg', 'node-restart'] as const)(
		"are the decoder's for all blocks of the recording %s",
		async (name) => {
			let logs = 0
			for (const chain of (await recordingOf(name)).chains) {
				for (const entry of chain.blocks) {
					const receipts = chain.receipts(entry)
					const answer = Buffer.concat([
						Buffer.from('{"jsonrpc":"2.0","id":7,"result":'),
						receipts,
						Buffer.from('}\n'),
					])
					expect(agrees(receipts, entry.block)).toBe(true)
					expect(agrees(answer, entry.block)).toBe(true)
					logs += kernel.scan(answer, entry.block)?.logCount ?? 0
				}
			}
			expect(logs).toBeGreaterThan(0)
		},
	)
})
