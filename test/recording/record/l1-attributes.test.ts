import { encodeFunctionData, parseAbi } from 'viem'
import { expect, test } from 'vitest'
import { parseL1Attributes } from '../../../src/recording/record/l1-attributes.js'

const HASH = `0x${'ab'.repeat(32)}` as const
const OTHER = `0x${'cd'.repeat(32)}` as const
const word = (value: number, bytes: number) => value.toString(16).padStart(bytes * 2, '0')
const packed = (selector: string, tail = '') =>
	Buffer.from(
		`${selector}${word(1, 4)}${word(2, 4)}${word(5, 8)}${word(1_700_000_000, 8)}${word(123_456, 8)}${word(3, 32)}${word(4, 32)}${'ab'.repeat(32)}${'cd'.repeat(32)}${tail}`,
		'hex',
	)

test.each([
	['Ecotone', packed('440a5e20')],
	['Isthmus', packed('098999be', word(6, 4) + word(7, 8))],
	['Interop', packed('760ee04d')],
	['Jovian', packed('3db6be2b', word(6, 4) + word(7, 8) + word(8, 2))],
	[
		'Bedrock',
		Buffer.from(
			encodeFunctionData({
				abi: parseAbi([
					'function setL1BlockValues(uint64,uint64,uint256,bytes32,uint64,bytes32,uint256,uint256)',
				]),
				args: [123_456n, 1_700_000_000n, 3n, HASH, 5n, OTHER, 8n, 9n],
			}).slice(2),
			'hex',
		),
	],
])('reads the L1 origin of %s', (_fork, callData) => {
	expect(parseL1Attributes(callData)).toEqual({ origin: { hash: HASH, number: 123_456 }, sequenceNumber: 5 })
	expect(() => parseL1Attributes(callData.subarray(0, 100))).toThrow(RangeError)
})

test('refuses a form that it does not know', () => {
	expect(() => parseL1Attributes(packed('12345678'))).toThrow('unknown form 0x12345678')
})
