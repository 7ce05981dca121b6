import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { ExecutionNodes } from '../../src/execution/execution-nodes.js'
import { PINNED_METHODS, pinRead } from '../../src/execution/pinned-read.js'
import { chainIdFromBigint } from '../../src/protocol/chain-id.js'
import { MalformedValueError } from '../../src/protocol/errors.js'
import { parseHash } from '../../src/protocol/hash.js'
import { startAnvil } from '../anvil.js'
import { hashOf } from '../storage/sample-chain.js'
import { afterTest } from '../supervisor/cleanup.js'

const BLOCK = { number: 26, hash: parseHash(`0x${'2a'.repeat(32)}`, 'hash') }
const OTHER = hashOf('another block')
const AT = { blockHash: BLOCK.hash }
const ADDRESS = `0x${'11'.repeat(20)}`
const SLOT = '0x0'

const MOVING = [null, 'latest', 'pending', 'safe', 'finalized']
/** What names a block that is not the cut's, or may not be. */
const FIXED = [
	'0x1a',
	26,
	'earliest',
	BLOCK.hash,
	{ blockHash: BLOCK.hash },
	{ blockNumber: '0x1a' },
	'',
	false,
]

/** What stands before the block parameter of each method that reads state. */
const STATE: readonly [string, readonly unknown[]][] = [
	['eth_call', [{ to: ADDRESS }]],
	['eth_estimateGas', [{ to: ADDRESS }]],
	['eth_createAccessList', [{ to: ADDRESS }]],
	['eth_getBalance', [ADDRESS]],
	['eth_getCode', [ADDRESS]],
	['eth_getTransactionCount', [ADDRESS]],
	['eth_getStorageAt', [ADDRESS, SLOT]],
	['eth_getProof', [ADDRESS, [SLOT]]],
]

const faultOf = (method: string, params: readonly unknown[], result: unknown) =>
	pinRead(method, params, BLOCK).fault(result)

describe('the block parameter', () => {
	it.each(STATE)('of %s is put by hash, where it was left out or moves', (method, before) => {
		const pinned = { method, params: [...before, AT] }
		expect(pinRead(method, before, BLOCK)).toMatchObject(pinned)
		for (const block of MOVING) expect(pinRead(method, [...before, block], BLOCK)).toMatchObject(pinned)
	})

	it.each(STATE)('of %s that names a block of its own is refused', (method, before) => {
		for (const block of FIXED)
			expect(() => pinRead(method, [...before, block], BLOCK), `${block}`).toThrow(
				`invalid params[${before.length}]: expected no block of its own, because the cut names it`,
			)
	})

	it.each(STATE)('of %s is not put in the place of a parameter that is missing', (method, before) => {
		expect(() => pinRead(method, before.slice(1), BLOCK)).toThrow(
			`expected ${before.length} parameters before that of the block, found ${before.length - 1}`,
		)
	})

	it('leaves alone what stands behind it', () => {
		const overrides = { [ADDRESS]: { balance: '0x1' } }
		expect(pinRead('eth_call', [{ to: ADDRESS }, 'latest', overrides], BLOCK).params).toEqual([
			...[{ to: ADDRESS }, AT, overrides],
		])
	})

	it('of receipts is put by hash, or refused', () => {
		const pinned = { method: 'eth_getBlockReceipts', params: [AT] }
		expect(pinRead('eth_getBlockReceipts', [], BLOCK)).toMatchObject(pinned)
		for (const block of MOVING) expect(pinRead('eth_getBlockReceipts', [block], BLOCK)).toMatchObject(pinned)
		for (const block of FIXED)
			expect(() => pinRead('eth_getBlockReceipts', [block], BLOCK)).toThrow(MalformedValueError)
	})

	it('of a block by number makes it a block by hash, with or without transactions', () => {
		const pinned = (isFull: boolean) => ({ method: 'eth_getBlockByHash', params: [BLOCK.hash, isFull] })
		expect(pinRead('eth_getBlockByNumber', [], BLOCK)).toMatchObject(pinned(false))
		for (const block of MOVING) {
			expect(pinRead('eth_getBlockByNumber', [block], BLOCK)).toMatchObject(pinned(false))
			expect(pinRead('eth_getBlockByNumber', [block, true], BLOCK)).toMatchObject(pinned(true))
		}
		for (const block of FIXED)
			expect(() => pinRead('eth_getBlockByNumber', [block, true], BLOCK)).toThrow(MalformedValueError)
	})
})

describe('eth_getLogs', () => {
	const filter = { address: ADDRESS, topics: [[OTHER], null] }

	it('is asked for one block by hash, with the rest of the filter as it is', () => {
		const pinned = { method: 'eth_getLogs', params: [{ ...filter, ...AT }] }
		expect(pinRead('eth_getLogs', [filter], BLOCK)).toMatchObject(pinned)
		for (const block of MOVING) {
			const moving = { ...filter, fromBlock: block, toBlock: block, blockHash: null }
			const { params } = pinRead('eth_getLogs', [moving], BLOCK)
			expect(params).toEqual(pinned.params)
		}
		for (const none of [[], [null], [{}]]) expect(pinRead('eth_getLogs', none, BLOCK).params).toEqual([AT])
	})

	it.each(['fromBlock', 'toBlock', 'blockHash'])('refuses %s with a block of its own', (name) => {
		for (const block of FIXED)
			expect(() => pinRead('eth_getLogs', [{ ...filter, [name]: block }], BLOCK)).toThrow(
				`invalid params[0].${name}`,
			)
	})

	// Go's decoder, which op-geth has, takes a name in any case.
	it.each(['FromBlock', 'TOBLOCK', 'blockhash'])('takes %s for what a node takes it for', (name) => {
		expect(() => pinRead('eth_getLogs', [{ [name]: OTHER }], BLOCK)).toThrow(`invalid params[0].${name}`)
		expect(pinRead('eth_getLogs', [{ [name]: 'latest' }], BLOCK).params).toEqual([AT])
	})

	it.each([[['0x']], ['latest'], 7])('refuses %j, which is no filter', (value) => {
		expect(() => pinRead('eth_getLogs', [value], BLOCK)).toThrow('expected an object')
	})
})

describe('an answer', () => {
	it.each(['eth_getBalance', 'eth_getTransactionCount', 'eth_estimateGas'])(
		'to %s is a quantity',
		(method) => {
			for (const result of ['0x0', '0xde0b6b3a7640000', `0x${'f'.repeat(64)}`])
				expect(faultOf(method, [{}], result)).toBeUndefined()
			for (const result of ['0x', '', '1', 'latest', 1, null, [], {}, `0x${'f'.repeat(65)}`])
				expect(faultOf(method, [{}], result), `${result}`).toBe('something of another form')
		},
	)

	it.each(['eth_call', 'eth_getCode'])('to %s is bytes', (method) => {
		for (const result of ['0x', '0x00', OTHER]) expect(faultOf(method, [{}], result)).toBeUndefined()
		for (const result of ['0x0', '', '00', 0, null, [], {}, '0xzz'])
			expect(faultOf(method, [{}], result), `${result}`).toBe('something of another form')
	})

	it('to a read of a slot is bytes, of a proof or an access list an object', () => {
		expect(faultOf('eth_getStorageAt', [ADDRESS, SLOT], OTHER)).toBeUndefined()
		expect(faultOf('eth_getStorageAt', [ADDRESS, SLOT], null)).toBe('something of another form')
		for (const [method, params] of [
			['eth_getProof', [ADDRESS, []]],
			['eth_createAccessList', [{}]],
		] as const) {
			expect(faultOf(method, params, {})).toBeUndefined()
			for (const result of [null, [], '0x']) expect(faultOf(method, params, result)).toBeDefined()
		}
	})

	it('that is another block, none, or no block is none', () => {
		const fault = (result: unknown) => faultOf('eth_getBlockByNumber', [], result)
		expect(fault({ hash: BLOCK.hash, number: '0x1a' })).toBeUndefined()
		expect(fault({ hash: OTHER, number: '0x1a' })).toBe(`another block than ${BLOCK.hash}`)
		expect(fault({ hash: BLOCK.hash, number: '0x1b' })).toBe(`another block than ${BLOCK.hash}`)
		expect(fault(null)).toBe(`no block for ${BLOCK.hash}`)
		for (const result of [[], '0x', 1, {}]) expect(fault(result)).toBeDefined()
	})

	it.each(['eth_getBlockReceipts', 'eth_getLogs'])('to %s has entries of the block only', (method) => {
		const fault = (result: unknown) => faultOf(method, [], result)
		expect(fault([])).toBeUndefined()
		expect(fault([AT, AT])).toBeUndefined()
		for (const entry of [{ blockHash: OTHER }, {}, null, BLOCK.hash, []])
			expect(fault([AT, entry])).toBe(`another block than ${BLOCK.hash}`)
		expect(fault(null)).toBe(`no block for ${BLOCK.hash}`)
		for (const result of [{}, '0x', 7]) expect(fault(result)).toBe('no list')
	})
})

it.each([
	...[
		'eth_blockNumber',
		'eth_sendRawTransaction',
		'eth_getBlockByHash',
		'eth_getTransactionReceipt',
		'eth_getFilterLogs',
	],
	...['debug_traceCall', 'constructor', '__proto__', 'ETH_CALL', ''],
])('%j cannot be bound to a block and is refused', (method) => {
	expect(() => pinRead(method, [{}], BLOCK)).toThrow('invalid method: expected one of eth_call, ')
})

it('more parameters than any method has are refused', () => {
	const params = Array.from({ length: 9 }, () => null)
	for (const method of PINNED_METHODS)
		expect(() => pinRead(method, params, BLOCK)).toThrow('expected at most 8 parameters, found 9')
})

it('a real node takes every read, and answers as of the block, not as of the newest', async () => {
	const anvil = await startAnvil(['--chain-id', '901'])
	afterTest(() => anvil.stop())
	const chainId = chainIdFromBigint(901n)
	const nodes = new ExecutionNodes(
		{ addresses: [anvil.httpUrl], chains: [chainId] },
		{ log: pino({ enabled: false }) },
	)
	afterTest(() => nodes.close())
	const [from = ''] = (await anvil.rpc('eth_accounts')) as string[]
	/** Has no code: whoever calls it gets nothing. */
	const transaction = { from, to: ADDRESS, value: '0x7' }
	await anvil.rpc('eth_sendTransaction', transaction)
	await anvil.mine(1)
	const { hash, number } = (await anvil.rpc('eth_getBlockByNumber', 'latest', false)) as Record<
		string,
		string
	>
	const block = { hash: parseHash(hash, 'hash'), number: Number(number) }
	await anvil.rpc('eth_sendTransaction', transaction)
	await anvil.mine(2)
	const read = async (method: string, ...before: unknown[]) => {
		const { params, fault, ...pinned } = pinRead(method, before, block)
		return nodes.call(chainId, pinned.method, params, { fault })
	}
	expect(await read('eth_getBalance', ADDRESS)).toBe('0x7')
	expect(await read('eth_getTransactionCount', from)).toBe('0x1')
	expect(await read('eth_getCode', ADDRESS, 'latest')).toBe('0x')
	expect(Number(await read('eth_getStorageAt', ADDRESS, SLOT, null))).toBe(0)
	expect(await read('eth_getProof', ADDRESS, [], 'safe')).toMatchObject({ balance: '0x7' })
	expect(await read('eth_call', transaction, 'finalized')).toBe('0x')
	expect(await read('eth_estimateGas', transaction)).toBe('0x5208')
	expect(await read('eth_createAccessList', transaction)).toMatchObject({ accessList: [] })
	expect(await read('eth_getBlockByNumber', 'latest', true)).toMatchObject({
		transactions: [{ value: '0x7' }],
	})
	expect(await read('eth_getBlockReceipts')).toHaveLength(1)
	expect(await read('eth_getLogs', { fromBlock: 'latest', topics: [] })).toEqual([])
})
