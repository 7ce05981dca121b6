import { serializeTransaction, type TransactionSerializable } from 'viem'
import { expect, it } from 'vitest'
import { encodeHexBytes } from '../../src/protocol/hex-bytes.js'
import { encodeTransaction } from '../../src/protocol/rlp-block.js'

const ADDRESS = `0x${'ab'.repeat(20)}` as const
const R = `0x${'12'.repeat(32)}` as const
/** With a leading zero, which RLP leaves out. */
const S = `0x00${'34'.repeat(31)}` as const
const HASH = `0x01${'56'.repeat(31)}` as const
const COMMON = { to: ADDRESS, gas: '0x5208', value: '0x0', input: '0xc0ffee', r: R, s: S, nonce: '0x80' }
const FEES = { chainId: '0x1', maxFeePerGas: '0x77359400', maxPriorityFeePerGas: '0x1' }
const ACCESS_LIST = [
	{ address: ADDRESS, storageKeys: [HASH, S] },
	{ address: ADDRESS, storageKeys: [] },
]
const SIGNED = { r: R, s: S, yParity: 1 } as const
const BASE = { to: ADDRESS, gas: 21_000n, value: 0n, data: '0xc0ffee', nonce: 128 } as const
const PRICED = { maxFeePerGas: 2_000_000_000n, maxPriorityFeePerGas: 1n } as const

/** The JSON that a node gives, and the same transaction as viem encodes it. */
const CASES: Readonly<Record<string, readonly [object, TransactionSerializable, object]>> = {
	'legacy with a chain ID': [
		{ ...COMMON, type: '0x0', gasPrice: '0x3b9aca00', v: '0x26' },
		{ ...BASE, type: 'legacy', chainId: 1, gasPrice: 1_000_000_000n },
		{ r: R, s: S, v: 38n },
	],
	'legacy without': [
		{ ...COMMON, gasPrice: '0x3b9aca00', v: '0x1b' },
		{ ...BASE, type: 'legacy', gasPrice: 1_000_000_000n },
		{ r: R, s: S, v: 27n },
	],
	'with an access list': [
		{
			...COMMON,
			type: '0x1',
			chainId: '0x1',
			gasPrice: '0x3b9aca00',
			accessList: ACCESS_LIST,
			yParity: '0x1',
		},
		{ ...BASE, type: 'eip2930', chainId: 1, gasPrice: 1_000_000_000n, accessList: ACCESS_LIST },
		SIGNED,
	],
	'with fees, whose node says only v': [
		{ ...COMMON, ...FEES, type: '0x2', accessList: [], v: '0x1' },
		{ ...BASE, ...PRICED, type: 'eip1559', chainId: 1 },
		SIGNED,
	],
	'that makes a contract': [
		{ ...COMMON, ...FEES, to: null, type: '0x2', accessList: [], yParity: '0x1', v: '0x1' },
		{ ...BASE, ...PRICED, to: null, type: 'eip1559', chainId: 1 },
		SIGNED,
	],
	'with blobs': [
		{
			...{ ...COMMON, ...FEES, type: '0x3', accessList: ACCESS_LIST, yParity: '0x1' },
			...{ maxFeePerBlobGas: '0x5', blobVersionedHashes: [HASH, HASH] },
		},
		{
			...{ ...BASE, ...PRICED, type: 'eip4844', chainId: 1, accessList: ACCESS_LIST },
			...{ maxFeePerBlobGas: 5n, blobVersionedHashes: [HASH, HASH] },
		} as TransactionSerializable,
		SIGNED,
	],
	'with authorizations': [
		{
			...{ ...COMMON, ...FEES, type: '0x4', accessList: [], yParity: '0x1' },
			authorizationList: [{ chainId: '0x1', address: ADDRESS, nonce: '0x2', yParity: '0x0', r: R, s: S }],
		},
		{
			...{ ...BASE, ...PRICED, type: 'eip7702', chainId: 1 },
			authorizationList: [{ chainId: 1, address: ADDRESS, nonce: 2, yParity: 0, r: R, s: S }],
		} as TransactionSerializable,
		SIGNED,
	],
}

it.each(Object.entries(CASES))(
	'a transaction %s is encoded as viem does it',
	(_, [json, same, signature]) => {
		const expected = serializeTransaction(same, signature as typeof SIGNED)
		expect(encodeHexBytes(encodeTransaction(json as Record<string, unknown>))).toBe(expected)
	},
)

it.each([
	[{ ...CASES['with fees, whose node says only v']?.[0], type: '0x7e' }, /type.*0 to 4/],
	[{ ...CASES['with fees, whose node says only v']?.[0], accessList: 'none' }, /accessList/],
	[{ ...CASES['legacy without']?.[0], r: '12' }, /invalid r/],
])('one that it is not: %#', (json, message) => {
	expect(() => encodeTransaction(json as Record<string, unknown>)).toThrow(message)
})
