import fc from 'fast-check'
import type { BlockId } from '../../src/protocol/block.js'
import { encodeExecutingMessageLog, type LogContent } from '../../src/protocol/executing-message-log.js'
import { encodeHexUint64 } from '../../src/protocol/hex-uint64.js'
import { anyAddress, anyBlockId, anyBytes, anyHash, anyMessage } from './arbitraries.js'

/** An object of receipts as its members in order, so that a test can reorder, repeat or drop them. */
export type Members = [key: string, value: unknown][]

export interface ReceiptsSample {
	block: BlockId
	/** As they stand in an answer. */
	receipts: Members[]
	logCount: number
	executingCount: number
}

const anyLogContent: fc.Arbitrary<LogContent & { executing: boolean }> = fc.oneof(
	{
		weight: 4,
		arbitrary: fc.record({
			address: anyAddress,
			topics: fc.array(anyHash, { maxLength: 4 }),
			data: fc.uint8Array({ maxLength: 100 }).map((b) => `0x${Buffer.from(b).toString('hex')}`),
			executing: fc.constant(false),
		}),
	},
	{ weight: 1, arbitrary: anyMessage.map((m) => ({ ...encodeExecutingMessageLog(m), executing: true })) },
)

/** Receipts as go-ethereum writes them, of a few transactions with a few logs. */
export const anyReceipts: fc.Arbitrary<ReceiptsSample> = fc
	.tuple(
		anyBlockId,
		fc.array(fc.array(anyLogContent, { maxLength: 4 }), { maxLength: 4 }),
		anyHash,
		anyBytes(256),
	)
	.map(([block, transactions, transactionHash, bloom]) => {
		let logIndex = 0
		let executingCount = 0
		const place = { blockNumber: encodeHexUint64(block.number), transactionHash }
		const receipts = transactions.map((contents, i): Members => {
			const transactionIndex = encodeHexUint64(i)
			const logs = contents.map(({ executing, ...content }): Members => {
				if (executing) executingCount++
				return Object.entries({
					...content,
					...place,
					transactionIndex,
					blockHash: block.hash,
					blockTimestamp: '0x6553f102',
					logIndex: encodeHexUint64(logIndex++),
					removed: false,
				})
			})
			return Object.entries({
				type: '0x2',
				root: '0x',
				status: '0x1',
				logsBloom: `0x${bloom.toString('hex')}`,
				logs,
				...place,
				blockHash: block.hash,
				transactionIndex,
			})
		})
		return { block, receipts, logCount: logIndex, executingCount }
	})

/** Parts of a text that JSON leaves open. */
export interface Spelling {
	/** White space between tokens, taken in turn. */
	spaces: readonly string[]
	/** Called on the members of every receipt (depth 0) and log (depth 1). */
	arrange: (members: Members, depth: number) => Members
	/** Writes a string, key or value. */
	quote: (text: string) => string
}

export const PLAIN: Spelling = { spaces: [''], arrange: (members) => members, quote: JSON.stringify }

/** The answer to a receipts call in a certain spelling. */
export function writeReceipts(
	receipts: readonly Members[],
	spelling: Spelling = PLAIN,
	bare = false,
): Buffer {
	let tokens = 0
	const space = () => spelling.spaces[tokens++ % spelling.spaces.length] ?? ''
	const array = (elements: readonly string[]) =>
		`[${space()}${elements.join(`${space()},${space()}`)}${space()}]`
	const object = (members: Members, depth: number): string => {
		const written = spelling
			.arrange(members, depth)
			.map(([key, value]) => `${spelling.quote(key)}${space()}:${space()}${write(key, value, depth)}`)
		return `{${space()}${written.join(`${space()},${space()}`)}${space()}}`
	}
	const write = (key: string, value: unknown, depth: number): string => {
		if (key === 'logs' && Array.isArray(value)) {
			return array(value.map((log: Members) => object(log, depth + 1)))
		}
		if (key === 'topics' && Array.isArray(value))
			return array(value.map((topic) => spelling.quote(String(topic))))
		return typeof value === 'string' ? spelling.quote(value) : JSON.stringify(value)
	}
	const result = array(receipts.map((receipt) => object(receipt, 0)))
	if (bare) return Buffer.from(result)
	return Buffer.from(`{${space()}"jsonrpc":"2.0",${space()}"id":7,${space()}"result":${result}${space()}}`)
}
