import { describe, expect, it } from 'vitest'
import { chainIdFromBigint } from '../../src/protocol/chain-id.js'
import { messageChecksum } from '../../src/protocol/checksum.js'
import { encodeHexBytes } from '../../src/protocol/hex-bytes.js'
import { keccak256 } from '../../src/protocol/keccak.js'
import { logHash, logHashHex, payloadHash } from '../../src/protocol/log-hash.js'
import { bytes, loadVectors } from './load-vectors.js'

interface LogHashCase {
	address: string
	topics: string[]
	data: string
	payloadHash: string
	logHash: string
}

interface ChecksumCase {
	logHash: string
	blockNumber: string
	timestamp: string
	logIndex: number
	chainID: string
	checksum: string
	origin?: string
	payloadHash?: string
}

describe('keccak256', () => {
	it('hashes nothing, and the same bytes in any number of parts', () => {
		const empty = '0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470'
		expect(encodeHexBytes(keccak256())).toBe(empty)
		const text = Buffer.alloc(100_000, 'log')
		const whole = keccak256(text)
		expect(keccak256(text.subarray(0, 137), text.subarray(137))).toEqual(whole)
	})
})

describe('log hash', () => {
	const { cases } = loadVectors<{ cases: LogHashCase[] }>('log-hash.json.gz')

	it('agrees with all 240 vectors', () => {
		for (const c of cases) {
			const payload = payloadHash(c.topics.map(bytes), bytes(c.data))
			expect(encodeHexBytes(payload)).toBe(c.payloadHash)
			expect(logHashHex(bytes(c.address), payload)).toBe(c.logHash)
		}
		expect(cases.length).toBe(240)
	})

	it('agrees with the worked example of the protocol', () => {
		const payload = payloadHash(
			[bytes(`0xcc${'00'.repeat(31)}`), bytes(`0xdd${'00'.repeat(31)}`)],
			bytes('0xeeff00'),
		)
		expect(logHashHex(bytes('0xaabb000000000000000000000000000000000000'), payload)).toBe(
			'0x4e1dc08fddeb273275f787762cdfe945cf47bb4e80a1fabbc7a825801e81b73f',
		)
	})
})

describe('checksum', () => {
	const { cases } = loadVectors<{ cases: ChecksumCase[] }>('checksum.json')

	it('agrees with all 200 vectors', () => {
		let withOrigin = 0
		for (const c of cases) {
			if (c.origin !== undefined && c.payloadHash !== undefined) {
				expect(encodeHexBytes(logHash(bytes(c.origin), bytes(c.payloadHash)))).toBe(c.logHash)
				withOrigin++
			}
			const checksum = messageChecksum({
				logHash: bytes(c.logHash),
				chainId: chainIdFromBigint(BigInt(c.chainID)),
				blockNumber: BigInt(c.blockNumber),
				timestamp: BigInt(c.timestamp),
				logIndex: c.logIndex,
			})
			expect(checksum).toBe(c.checksum)
		}
		expect(cases.length).toBe(200)
		expect(withOrigin).toBe(40)
	})
})
