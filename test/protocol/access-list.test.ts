import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
	type Access,
	AccessListError,
	encodeAccess,
	encodeAccessList,
	parseAccess,
	parseAccessList,
} from '../../src/protocol/access-list.js'
import { type Hash, parseHash } from '../../src/protocol/hash.js'
import { anyAccess } from './arbitraries.js'
import { loadVectors } from './load-vectors.js'

interface AccessCase {
	blockNumber: string
	timestamp: string
	logIndex: number
	chainID: string
	checksum: string
}

interface Vectors {
	encode: { accesses: AccessCase[]; accessJSON: unknown[]; storageKeys: string[] }[]
	decode: { storageKeys: string[]; accesses: AccessCase[]; error?: string; code?: number; kind: string }[]
}

const keys = (texts: readonly string[]) => texts.map((text, i) => parseHash(text, `entry ${i}`))

function asCase(access: Access): AccessCase {
	return {
		blockNumber: access.blockNumber.toString(),
		timestamp: access.timestamp.toString(),
		logIndex: access.logIndex,
		chainID: access.chainId.toString(),
		checksum: access.checksum,
	}
}

function refusal(entries: readonly Hash[]): AccessListError | undefined {
	try {
		parseAccessList(entries)
		return undefined
	} catch (error) {
		if (error instanceof AccessListError) return error
		throw error
	}
}

describe('access list', () => {
	const vectors = loadVectors<Vectors>('access-list.json.gz')

	it('agrees with all 90 encoding vectors', () => {
		for (const c of vectors.encode) {
			const accesses = c.accessJSON.map((json) => parseAccess(json, 'access'))
			expect(accesses.map(asCase)).toEqual(c.accesses)
			expect(accesses.map((access) => JSON.stringify(encodeAccess(access)))).toEqual(
				c.accessJSON.map((json) => JSON.stringify(json)),
			)
			expect(encodeAccessList(accesses)).toEqual(c.storageKeys)
			expect(parseAccessList(keys(c.storageKeys))).toEqual(accesses)
		}
		expect(vectors.encode.length).toBe(90)
	})

	it('agrees with all 237 decoding vectors', () => {
		let refused = 0
		for (const c of vectors.decode) {
			const entries = keys(c.storageKeys)
			if (c.error === undefined) {
				expect(parseAccessList(entries).map(asCase), c.kind).toEqual(c.accesses)
				continue
			}
			refused++
			const error = refusal(entries)
			expect(error?.accesses.map(asCase), c.kind).toEqual(c.accesses)
			expect(error?.reason, c.kind).toBe(c.error)
			expect(error?.code, c.kind).toBe(c.code)
		}
		expect(vectors.decode.length).toBe(237)
		expect(refused).toBe(124)
	})

	it('decodes what it encodes', () => {
		fc.assert(
			fc.property(fc.array(anyAccess, { maxLength: 5 }), (accesses) => {
				expect(parseAccessList(encodeAccessList(accesses))).toEqual(accesses)
				for (const access of accesses) expect(parseAccess(encodeAccess(access), 'access')).toEqual(access)
			}),
		)
	})

	it('names the entry that is wrong', () => {
		fc.assert(
			fc.property(fc.array(anyAccess, { minLength: 1, maxLength: 4 }), (accesses) => {
				const entries = encodeAccessList(accesses)
				expect(refusal(entries.slice(0, -1))?.entry).toBe(entries.length - 1)
				expect(refusal([...entries, parseHash(`0x04${'00'.repeat(31)}`, 'entry')])?.entry).toBe(
					entries.length,
				)
			}),
		)
	})

	it('never takes an entry with one bit changed for the original, and refuses one in type or padding', () => {
		const padding = new Map([
			['01', 4],
			['02', 8],
			['03', 1],
		])
		fc.assert(
			fc.property(fc.array(anyAccess, { minLength: 1, maxLength: 3 }), (accesses) => {
				const entries = encodeAccessList(accesses)
				for (const [i, entry] of entries.entries()) {
					const guarded = 8 * (padding.get(entry.slice(2, 4)) ?? 0)
					for (let bit = 0; bit < 256; bit++) {
						const changed = [...entries]
						changed[i] = flipBit(entry, bit)
						if (bit < guarded) expect(refusal(changed), `entry ${i} bit ${bit}`).toBeDefined()
						else if (refusal(changed) === undefined) expect(parseAccessList(changed)).not.toEqual(accesses)
					}
				}
			}),
			{ numRuns: 20 },
		)
	})
})

function flipBit(entry: Hash, bit: number): Hash {
	const at = 2 + (bit >> 2)
	const digit = Number.parseInt(entry.charAt(at), 16) ^ (8 >> (bit & 3))
	return parseHash(entry.slice(0, at) + digit.toString(16) + entry.slice(at + 1), 'entry')
}
