import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { messageChecksum } from '../../src/protocol/checksum.js'
import { decodeReceipts } from '../../src/protocol/decode-receipts.js'
import type { BlockLogs } from '../../src/protocol/executing-message.js'
import { ZERO_HASH } from '../../src/protocol/hash.js'
import type { GenerateOptions } from '../../src/recording/generate/cluster-shape.js'
import { generateRecording } from '../../src/recording/generate-recording.js'
import type { Recording } from '../../src/recording/recording.js'
import { spoolReceipts } from '../../src/recording/spool-receipts.js'

/** The logs of all blocks, by chain and number. Blooms are checked on the way. */
function indexAll(recording: Recording): Map<bigint, BlockLogs[]> {
	return new Map(
		recording.chains.map((chain) => [
			chain.chainId,
			chain.blocks.map((entry) => decodeReceipts(chain.receipts(entry), entry.block, { verifyBlooms: true })),
		]),
	)
}

const options: fc.Arbitrary<GenerateOptions> = fc.record({
	seed: fc.nat(),
	chains: fc.integer({ min: 1, max: 4 }),
	blocks: fc.integer({ min: 1, max: 25 }),
	logsPerBlock: fc.integer({ min: 0, max: 12 }),
	executingShare: fc.double({ min: 0, max: 0.9, noNaN: true }),
	l1BlockTime: fc.constantFrom(2, 4, 12),
	emptyL1Share: fc.double({ min: 0, max: 0.8, noNaN: true }),
})

describe('generated clusters', () => {
	test('the same options give the same blocks and receipts', () => {
		fc.assert(
			fc.property(options, (chosen) => {
				const [a, b] = [generateRecording(chosen), generateRecording(chosen)]
				for (const [index, chain] of a.chains.entries()) {
					expect(b.chains[index]?.blocks).toEqual(chain.blocks)
					for (const block of chain.blocks) {
						expect(b.chains[index]?.receipts(block).equals(chain.receipts(block))).toBe(true)
					}
				}
			}),
			{ numRuns: 15 },
		)
	})

	test('another seed gives other hashes', () => {
		const head = (seed: number) =>
			generateRecording({ seed, chains: 1, blocks: 2 }).chains[0]?.blocks.at(-1)?.block.hash
		expect(head(1)).not.toBe(head(2))
	})

	test('every executing message names a log that exists, of an earlier block or of a chain that comes first', () => {
		fc.assert(
			fc.property(options, (chosen) => {
				const recording = generateRecording(chosen)
				const logs = indexAll(recording)
				for (const { chainId, blocks } of recording.chains) {
					for (const [number, { executing }] of (logs.get(chainId) ?? []).entries()) {
						for (const { message } of executing) {
							const initiating = Number(message.blockNumber)
							const found = logs.get(message.chainId)?.[initiating]
							expect(initiating).toBeGreaterThan(0)
							expect(message.logIndex).toBeLessThan(found?.logCount ?? 0)
							const from = 32 * message.logIndex
							const logHash = found?.logHashes.subarray(from, from + 32) ?? new Uint8Array()
							expect(messageChecksum({ ...message, logHash })).toBe(message.checksum)
							const own = BigInt(blocks[number]?.block.timestamp ?? 0)
							expect(
								message.timestamp < own || (message.timestamp === own && message.chainId < chainId),
							).toBe(true)
						}
					}
				}
			}),
			{ numRuns: 25 },
		)
	})

	test('blocks form chains, and every link is possible', () => {
		fc.assert(
			fc.property(options, (chosen) => {
				const recording = generateRecording(chosen)
				const l1 = recording.l1.map(({ block }) => block)
				for (const [index, block] of l1.entries())
					expect(block.parentHash).toBe(l1[index - 1]?.hash ?? ZERO_HASH)
				for (const { chainId, blocks, links } of recording.chains) {
					const heads = recording.heads.get(chainId)
					for (const [number, { block }] of blocks.entries()) {
						const parent = blocks[number - 1]?.block
						expect(block.parentHash).toBe(parent?.hash ?? ZERO_HASH)
						expect(block.sequenceNumber).toBe(
							parent?.l1origin.number === block.l1origin.number ? parent.sequenceNumber + 1 : 0,
						)
					}
					for (const [position, { source, derived }] of links.entries()) {
						expect(derived.number).toBe(position + 1)
						expect(l1[source.number]?.hash).toBe(source.hash)
						expect(source.number).toBeGreaterThan(blocks[derived.number]?.block.l1origin.number ?? 0)
						expect(source.number).toBeGreaterThanOrEqual(links[position - 1]?.source.number ?? 0)
					}
					expect(l1.at(-1)?.number).toBe((heads?.localSafe?.source.number ?? 0) + recording.confirmationDepth)
				}
			}),
			{ numRuns: 25 },
		)
	})

	test('with the defaults, blocks are as large as those of OP Mainnet', () => {
		const recording = generateRecording({ seed: 11, chains: 2, blocks: 40 })
		const sizes = recording.chains.flatMap((chain) =>
			chain.blocks.slice(1).map((block) => chain.receipts(block).length),
		)
		const logs = [...indexAll(recording).values()].flatMap((blocks) => blocks.slice(1))
		const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
		expect(mean(logs.map(({ logCount }) => logCount))).toBeGreaterThan(83)
		expect(mean(logs.map(({ logCount }) => logCount))).toBeLessThan(103)
		expect(mean(sizes)).toBeGreaterThan(90_000)
		expect(mean(sizes)).toBeLessThan(120_000)
		expect(logs.some(({ executing }) => executing.length > 0)).toBe(true)
	})

	test('sizes spread as far as is asked for', () => {
		const counts = (logSpread: number) => {
			const recording = generateRecording({ seed: 3, chains: 1, blocks: 60, logsPerBlock: 20, logSpread })
			return [...indexAll(recording).values()].flatMap((blocks) => blocks.slice(1).map((b) => b.logCount))
		}
		expect(new Set(counts(0))).toEqual(new Set([20]))
		expect(Math.min(...counts(1))).toBeLessThan(5)
		expect(Math.max(...counts(1))).toBeGreaterThan(35)
	})

	test('options out of range are refused by name', () => {
		expect(() => generateRecording({ seed: 1, chains: 0, blocks: 1 })).toThrow(/chains/)
		expect(() => generateRecording({ seed: 1, chains: 1, blocks: 1, executingShare: 1 })).toThrow(
			/executingShare/,
		)
		expect(() => generateRecording({ seed: 0.5, chains: 1, blocks: 1 })).toThrow(/seed/)
	})

	test('spooled receipts are the generated ones', async () => {
		const directory = await mkdtemp(join(tmpdir(), 'vigil-spool-'))
		const recording = generateRecording({ seed: 2, chains: 2, blocks: 10, logsPerBlock: 5 })
		const spooled = await spoolReceipts(recording, join(directory, 'receipts'))
		try {
			for (const [index, chain] of recording.chains.entries()) {
				for (const block of chain.blocks) {
					expect(spooled.recording.chains[index]?.receipts(block).equals(chain.receipts(block))).toBe(true)
				}
			}
		} finally {
			spooled.close()
			await rm(directory, { recursive: true, force: true })
		}
	})
})
