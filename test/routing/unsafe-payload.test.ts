import { describe, expect, it } from 'vitest'
import { MalformedValueError } from '../../src/protocol/errors.js'
import { type JsonRecord, parseRecord } from '../../src/protocol/record.js'
import { WrongPayloadError } from '../../src/routing/routing-errors.js'
import { payloadOfBlock, provePayload } from '../../src/routing/unsafe-payload.js'
import { REAL_BLOCKS } from './real-blocks.js'

const withUserTransaction = REAL_BLOCKS[13] as JsonRecord

describe('a payload', () => {
	it('of every block of a real chain has the hash of the block', () => {
		for (const block of REAL_BLOCKS) {
			const payload = payloadOfBlock(block)
			expect(payload.block).toEqual({
				hash: block.hash,
				number: Number(block.number),
				parentHash: block.parentHash,
				timestamp: Number(block.timestamp),
			})
			expect(provePayload(JSON.parse(JSON.stringify(payload.envelope)))).toEqual(payload)
		}
	})

	it('is refused after any change of any field', () => {
		const { envelope } = payloadOfBlock(withUserTransaction)
		const payload = parseRecord(envelope.executionPayload, 'payload')
		const changed = (value: unknown): unknown => {
			if (Array.isArray(value)) return value.length === 0 ? ['0x01'] : value.slice(1)
			const text = String(value)
			const last = text.at(-1) === '1' ? '2' : '1'
			return text === '0x' ? '0x01' : text.slice(0, -1) + last
		}
		for (const [name, value] of Object.entries(payload)) {
			const other = { ...envelope, executionPayload: { ...payload, [name]: changed(value) } }
			expect(() => provePayload(other), name).toThrow(/is not that block|withdrawals/)
			const without = { ...envelope, executionPayload: { ...payload, [name]: undefined } }
			expect(() => provePayload(without), name).toThrow(Error)
		}
		const root = changed(envelope.parentBeaconBlockRoot)
		expect(() => provePayload({ ...envelope, parentBeaconBlockRoot: root })).toThrow(WrongPayloadError)
	})

	it('is not made of a block with a changed, missing or foreign transaction', () => {
		const transactions = withUserTransaction.transactions as readonly JsonRecord[]
		const changes: readonly JsonRecord[][] = [
			transactions.slice(1),
			transactions.toReversed(),
			transactions.map((transaction) => ({ ...transaction, value: '0x7' })),
			transactions.map((transaction) => ({ ...transaction, mint: '0x7', yParity: '0x7' })),
		]
		for (const changed of changes)
			expect(() => payloadOfBlock({ ...withUserTransaction, transactions: changed })).toThrow(
				WrongPayloadError,
			)
	})

	it('is refused when it is no payload', () => {
		const { envelope } = payloadOfBlock(withUserTransaction)
		const broken = [
			null,
			[],
			'0x',
			{},
			{ executionPayload: null },
			{
				...envelope,
				executionPayload: { ...(envelope.executionPayload as JsonRecord), transactions: ['0xz'] },
			},
			{ ...envelope, executionPayload: { ...(envelope.executionPayload as JsonRecord), blockNumber: 13 } },
		]
		for (const value of broken) expect(() => provePayload(value)).toThrow(MalformedValueError)
	})
})
