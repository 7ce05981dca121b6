import { describe, expect, it } from 'vitest'
import { PINNED_METHODS, pinRead } from '../../src/execution/pinned-read.js'
import { MalformedValueError } from '../../src/protocol/errors.js'
import { hashOf } from '../storage/sample-chain.js'

const BLOCK = { number: 291, hash: hashOf('the block of the cut') }
const OTHER = hashOf('another block')
const BY_HASH = { blockHash: BLOCK.hash }
const ACCOUNT = `0x${'11'.repeat(20)}`
const CALL = { to: ACCOUNT, data: '0x' }

/** Where the block stands, and what is before it. */
const OF_STATE: readonly (readonly [method: string, before: readonly unknown[]])[] = [
	['eth_call', [CALL]],
	['eth_estimateGas', [CALL]],
	['eth_createAccessList', [CALL]],
	['eth_getBalance', [ACCOUNT]],
	['eth_getCode', [ACCOUNT]],
	['eth_getTransactionCount', [ACCOUNT]],
	['eth_getStorageAt', [ACCOUNT, '0x0']],
	['eth_getProof', [ACCOUNT, ['0x0']]],
]
const MOVING = ['latest', 'pending', 'safe', 'finalized', null]
const FIXED = ['earliest', '0x1', 1, OTHER, { blockHash: OTHER }, { blockNumber: '0x1' }, BLOCK.hash]

describe('a read of state', () => {
	it.each(OF_STATE)(
		'%s is bound to the hash, whatever moving label stands in its place',
		(method, before) => {
			for (const label of MOVING)
				expect(pinRead(method, [...before, label], BLOCK)).toMatchObject({
					method,
					params: [...before, BY_HASH],
				})
			expect(pinRead(method, before, BLOCK).params).toEqual([...before, BY_HASH])
		},
	)

	it.each(OF_STATE)('%s of a block that the caller names is refused', (method, before) => {
		for (const block of FIXED)
			expect(() => pinRead(method, [...before, block], BLOCK)).toThrow(MalformedValueError)
	})

	it.each(OF_STATE)('%s without what comes before the block is refused', (method, before) => {
		expect(() => pinRead(method, before.slice(1), BLOCK)).toThrow(/before that of the block/)
	})

	it('keeps what stands behind the block: overrides of state', () => {
		const overrides = { [ACCOUNT]: { balance: '0x1' } }
		expect(pinRead('eth_call', [CALL, 'latest', overrides], BLOCK).params).toEqual([CALL, BY_HASH, overrides])
	})

	it('takes an answer of the method’s form, and no other', () => {
		const balance = pinRead('eth_getBalance', [ACCOUNT], BLOCK)
		for (const result of ['0x', '0x0', '0xAb']) expect(balance.fault(result)).toBeUndefined()
		for (const result of [null, undefined, 1, '1', '0xg', {}, []])
			expect(balance.fault(result)).toBe('something of another form')
		const proof = pinRead('eth_getProof', [ACCOUNT, []], BLOCK)
		expect(proof.fault({})).toBeUndefined()
		for (const result of [null, '0x', []]) expect(proof.fault(result)).toBe('something of another form')
	})
})

describe('eth_getBlockByNumber', () => {
	it('becomes a read by hash, with or without transactions', () => {
		for (const label of MOVING)
			expect(pinRead('eth_getBlockByNumber', [label, true], BLOCK)).toMatchObject({
				method: 'eth_getBlockByHash',
				params: [BLOCK.hash, true],
			})
		expect(pinRead('eth_getBlockByNumber', [], BLOCK).params).toEqual([BLOCK.hash, false])
		for (const block of FIXED)
			expect(() => pinRead('eth_getBlockByNumber', [block], BLOCK)).toThrow(MalformedValueError)
	})

	it('takes the block of the cut alone', () => {
		const { fault } = pinRead('eth_getBlockByNumber', ['latest'], BLOCK)
		expect(fault({ hash: BLOCK.hash, number: '0x123' })).toBeUndefined()
		expect(fault(null)).toContain('no block')
		for (const result of [{ hash: OTHER, number: '0x123' }, { hash: BLOCK.hash, number: '0x124' }, {}, 'x'])
			expect(fault(result)).toContain('another block')
	})
})

describe.each(['eth_getBlockReceipts', 'eth_getLogs'])('%s', (method) => {
	const { fault } = pinRead(method, [], BLOCK)

	it('takes entries of the block of the cut alone', () => {
		expect(fault([])).toBeUndefined()
		expect(fault([BY_HASH, BY_HASH])).toBeUndefined()
		expect(fault(null)).toContain('no block')
		expect(fault({})).toBe('no list')
		for (const entry of [{ blockHash: OTHER }, {}, null, 'x'])
			expect(fault([BY_HASH, entry])).toContain('another')
	})
})

it('eth_getBlockReceipts is bound to the hash', () => {
	for (const label of MOVING)
		expect(pinRead('eth_getBlockReceipts', [label], BLOCK).params).toEqual([BY_HASH])
	for (const block of FIXED)
		expect(() => pinRead('eth_getBlockReceipts', [block], BLOCK)).toThrow(MalformedValueError)
})

it('eth_getLogs keeps its filter, and has the range of the cut', () => {
	const filter = { address: ACCOUNT, topics: [null, [OTHER]] }
	const bound = [{ ...filter, blockHash: BLOCK.hash }]
	expect(pinRead('eth_getLogs', [filter], BLOCK).params).toEqual(bound)
	expect(pinRead('eth_getLogs', [{ ...filter, fromBlock: 'latest', toBlock: 'safe' }], BLOCK).params).toEqual(
		bound,
	)
	expect(pinRead('eth_getLogs', [], BLOCK).params).toEqual([BY_HASH])
	for (const field of ['fromBlock', 'toBlock', 'blockHash'])
		for (const block of FIXED)
			expect(() => pinRead('eth_getLogs', [{ ...filter, [field]: block }], BLOCK)).toThrow(
				MalformedValueError,
			)
	for (const wrong of ['latest', [], 1])
		expect(() => pinRead('eth_getLogs', [wrong], BLOCK)).toThrow(MalformedValueError)
})

it('a method that writes, moves or has no block is refused, and so are more parameters than any takes', () => {
	for (const method of [
		'eth_sendRawTransaction',
		'eth_blockNumber',
		'eth_getBlockByHash',
		'debug_traceCall',
		'',
	])
		expect(() => pinRead(method, [], BLOCK)).toThrow(/eth_getBalance/)
	expect(() => pinRead('toString', [], BLOCK)).toThrow(MalformedValueError)
	for (const method of PINNED_METHODS)
		expect(() => pinRead(method, Array(9).fill(null), BLOCK)).toThrow(/at most 8/)
})
