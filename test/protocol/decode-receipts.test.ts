import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { kernelModule } from '../../src/kernel/kernel-module.js'
import { ReceiptsKernel } from '../../src/kernel/receipts-kernel.js'
import type { BlockRef } from '../../src/protocol/block.js'
import { decodeReceipts, decodeReceiptsValue } from '../../src/protocol/decode-receipts.js'
import { InvalidExecutingMessageError, MalformedValueError } from '../../src/protocol/errors.js'
import { bytesToHash } from '../../src/protocol/hash.js'
import { ReceiptsMismatchError } from '../../src/protocol/receipts-mismatch-error.js'
import { loadVectors } from './load-vectors.js'
import { anyReceipts, type Members, writeReceipts } from './receipt-texts.js'

const kernel = new ReceiptsKernel(kernelModule())

interface ReceiptsCase {
	name: string
	block: BlockRef
	receipts: unknown[]
	logs: {
		logIdx: number
		logHash: string
		execMsg?: { blockNum: string; chainID: string; checksum: string; logIdx: number; timestamp: string }
	}[]
	logCount: number
	execCount: number
	sealed: boolean
	error?: string
}

describe('receipts', () => {
	const { cases } = loadVectors<{ cases: ReceiptsCase[] }>('receipts.json.gz')

	it('agree with all 30 vectors, with the plain decoder and the kernel', () => {
		let refused = 0
		let logs = 0
		for (const c of cases) {
			const answer = Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 1, result: c.receipts }))
			const decode = () => decodeReceipts(answer, c.block, { verifyBlooms: true })
			if (!c.sealed) {
				expect(decode, c.name).toThrow(InvalidExecutingMessageError)
				expect(decode, c.name).toThrow(
					`log ${c.logCount}: ${c.error?.split('invalid executing message: ')[1]}`,
				)
				expect(kernel.scan(answer, c.block), c.name).toBeUndefined()
				refused++
				continue
			}
			const decoded = decode()
			expect(decoded.logCount).toBe(c.logCount)
			expect(decoded.executing.length).toBe(c.execCount)
			const messages = new Map(decoded.executing.map(({ logIndex, message }) => [logIndex, message]))
			for (const log of c.logs) {
				expect(bytesToHash(decoded.logHashes, 32 * log.logIdx)).toBe(log.logHash)
				const message = messages.get(log.logIdx)
				expect(
					message && {
						blockNum: message.blockNumber.toString(),
						chainID: message.chainId.toString(),
						checksum: message.checksum,
						logIdx: message.logIndex,
						timestamp: message.timestamp.toString(),
					},
				).toEqual(log.execMsg)
			}
			expect(kernel.scan(answer, c.block)).toEqual(decoded)
			expect(decodeReceiptsValue(c.receipts, c.block)).toEqual(decoded)
			logs += c.logCount
		}
		expect(cases.length).toBe(30)
		expect(refused).toBe(5)
		expect(logs).toBeGreaterThan(300)
	})

	const sample = anyReceipts.filter((s) => s.logCount >= 2 && s.receipts.length >= 2)
	const first = (members: Members | undefined, key: string, value: unknown): Members =>
		(members ?? []).map(([k, v]) => [k, k === key ? value : v])
	const without = (members: Members | undefined, key: string): Members =>
		(members ?? []).filter(([k]) => k !== key)
	/** Changes the last log of the answer. */
	const withLog = (receipts: readonly Members[], change: (log: Members) => Members): Members[] => {
		const changed = [...receipts]
		const at = changed.findLastIndex((receipt) => logsOf(receipt).length > 0)
		const logs = logsOf(changed[at] ?? [])
		changed[at] = first(changed[at], 'logs', [...logs.slice(0, -1), change(logs.at(-1) ?? [])])
		return changed
	}
	const logsOf = (receipt: Members) => (receipt.find(([key]) => key === 'logs')?.[1] ?? []) as Members[]
	const otherHash = `0x${'5a'.repeat(32)}`

	it.each<[string, (receipts: Members[]) => Members[], RegExp]>([
		[
			'another block',
			(r) => [first(r[0], 'blockHash', otherHash), ...r.slice(1)],
			/receipts\[0\]\.blockHash/,
		],
		[
			'another number',
			(r) => [first(r[0], 'blockNumber', '0x7fffffffffffffff'), ...r.slice(1)],
			/blockNumber/,
		],
		['a receipt missing', (r) => r.slice(1), /receipts\[0\]\.transactionIndex/],
		['receipts in another order', (r) => r.toReversed(), /transactionIndex/],
		[
			'a log of another block',
			(r) => withLog(r, (log) => first(log, 'blockHash', otherHash)),
			/logs\[\d\]\.blockHash/,
		],
		[
			'a log of another number',
			(r) => withLog(r, (log) => first(log, 'blockNumber', '0x7fffffffffffffff')),
			/blockNumber/,
		],
		[
			'a log of another transaction',
			(r) => withLog(r, (log) => first(log, 'transactionIndex', '0x99')),
			/transactionIndex/,
		],
		['a gap between logs', (r) => withLog(r, (log) => first(log, 'logIndex', '0x99')), /logIndex is 0x99/],
		[
			'the log of index 0 again',
			(r) => withLog(r, (log) => first(log, 'logIndex', '0x0')),
			/logIndex is 0x0/,
		],
	])('of %s are refused by name', (_name, change, message) => {
		fc.assert(
			fc.property(sample, ({ block, receipts }) => {
				const answer = writeReceipts(change(receipts))
				expect(() => decodeReceipts(answer, block)).toThrow(ReceiptsMismatchError)
				expect(() => decodeReceipts(answer, block)).toThrow(message)
				expect(kernel.scan(answer, block)).toBeUndefined()
			}),
			{ numRuns: 20 },
		)
	})

	it.each<[string, (receipts: Members[]) => Members[]]>([
		['without block hash', (r) => [without(r[0], 'blockHash'), ...r.slice(1)]],
		['without transaction index', (r) => [without(r[0], 'transactionIndex'), ...r.slice(1)]],
		['without logs', (r) => [without(r[0], 'logs'), ...r.slice(1)]],
		['whose log has no index', (r) => withLog(r, (log) => without(log, 'logIndex'))],
		['whose log has no data', (r) => withLog(r, (log) => without(log, 'data'))],
		['whose log has five topics', (r) => withLog(r, (log) => first(log, 'topics', Array(5).fill(otherHash)))],
		['whose log has half a byte', (r) => withLog(r, (log) => first(log, 'data', '0x123'))],
		['whose log has a short address', (r) => withLog(r, (log) => first(log, 'address', '0x12'))],
		['whose log has a short topic', (r) => withLog(r, (log) => first(log, 'topics', ['0x12']))],
		['with a padded quantity', (r) => withLog(r, (log) => first(log, 'logIndex', '0x00'))],
	])('%s are malformed', (_name, change) => {
		fc.assert(
			fc.property(sample, ({ block, receipts }) => {
				const answer = writeReceipts(change(receipts))
				expect(() => decodeReceipts(answer, block)).toThrow(MalformedValueError)
				expect(kernel.scan(answer, block)).toBeUndefined()
			}),
			{ numRuns: 10 },
		)
	})

	it('may leave out what only repeats the place of a log', () => {
		fc.assert(
			fc.property(sample, ({ block, receipts, logCount, executingCount }) => {
				const bare = withLog(receipts, (log) =>
					['blockHash', 'blockNumber', 'transactionIndex', 'removed'].reduce(without, log),
				).map((receipt) => without(receipt, 'blockNumber'))
				const decoded = decodeReceipts(writeReceipts(bare), block)
				expect(decoded.logCount).toBe(logCount)
				expect(decoded.executing.length).toBe(executingCount)
				expect(kernel.scan(writeReceipts(bare), block)).toEqual(decoded)
			}),
		)
	})

	it('with a wrong or missing bloom are refused when blooms are verified', () => {
		const c = cases.find(({ logCount, sealed }) => sealed && logCount > 0)
		if (c === undefined) throw new Error('no case with logs')
		const text = JSON.stringify(c.receipts)
		const wrong = text.replace(/"logsBloom":"0x0/, '"logsBloom":"0x1')
		expect(wrong).not.toBe(text)
		expect(() => decodeReceipts(wrong, c.block, { verifyBlooms: true })).toThrow(ReceiptsMismatchError)
		expect(() => decodeReceipts(wrong, c.block, { verifyBlooms: true })).toThrow(/logsBloom/)
		expect(decodeReceipts(wrong, c.block).logCount).toBe(c.logCount)
		const missing = text.replace('"logsBloom"', '"bloom"')
		expect(() => decodeReceipts(missing, c.block, { verifyBlooms: true })).toThrow(MalformedValueError)
	})

	it('are not made of errors, null, or what is no response', () => {
		const { block } = cases[0] ?? { block: undefined }
		if (block === undefined) throw new Error('no cases')
		for (const text of [
			'{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"not found"}}',
			'{"jsonrpc":"2.0","id":1,"result":null}',
			'{"jsonrpc":"2.0","id":1}',
			'{"result":[],"error":{}}',
			'{"result":{}}',
			'[null]',
			'[[]]',
			'null',
			'7',
			'',
			'[]]',
		]) {
			expect(() => decodeReceipts(text, block), text).toThrow(MalformedValueError)
			expect(kernel.scan(Buffer.from(text), block), text).toBeUndefined()
		}
	})
})
