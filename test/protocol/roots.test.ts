import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { OutputV0 } from '../../src/protocol/block.js'
import { compareChainIds, parseChainId } from '../../src/protocol/chain-id.js'
import { MalformedValueError } from '../../src/protocol/errors.js'
import { parseHash } from '../../src/protocol/hash.js'
import { encodeHexBytes } from '../../src/protocol/hex-bytes.js'
import { decodeOutputPreimage, encodeOutputPreimage, outputRoot } from '../../src/protocol/output-root.js'
import { parseOutputV0 } from '../../src/protocol/parse-block.js'
import { decodeSuperPreimage, encodeSuperPreimage, superRoot } from '../../src/protocol/super-root.js'
import { encodeSuperRootResponse, parseSuperRootResponse } from '../../src/protocol/super-root-response.js'
import { anyBlockId, anyBytes, anyChainId, anyHash, anyOutput, anyUint64 } from './arbitraries.js'
import { bytes, loadVectors } from './load-vectors.js'

interface OutputCase {
	output: OutputV0
	preimage: string
	outputRoot: string
}

interface SuperVectors {
	cases: {
		chains: { chainID: string; output: string; outputPreimage: string }[]
		timestamp: string
		preimage: string
		superRoot: string
	}[]
	responses: { json: { chains: unknown[] } }[]
	unmarshal: { name: string; data: string; chains?: number; error?: string }[]
}

describe('output root', () => {
	it('agrees with all 48 vectors', () => {
		const { cases } = loadVectors<{ cases: OutputCase[] }>('output-root.json')
		for (const c of cases) {
			const output = parseOutputV0(c.output, 'output')
			expect(encodeHexBytes(encodeOutputPreimage(output))).toBe(c.preimage)
			expect(decodeOutputPreimage(bytes(c.preimage))).toEqual(output)
			expect(outputRoot(output)).toBe(c.outputRoot)
		}
		expect(cases.length).toBe(48)
	})

	it('decodes what it encodes, and nothing of another length or version', () => {
		fc.assert(
			fc.property(anyOutput, fc.nat({ max: 31 }), (output, at) => {
				const preimage = encodeOutputPreimage(output)
				expect(decodeOutputPreimage(preimage)).toEqual(output)
				expect(() => decodeOutputPreimage(preimage.subarray(1))).toThrow(MalformedValueError)
				preimage[at] = 1
				expect(() => decodeOutputPreimage(preimage)).toThrow(MalformedValueError)
			}),
		)
	})
})

describe('super root', () => {
	const vectors = loadVectors<SuperVectors>('super-root.json')

	it('agrees with all 60 vectors, whose chains come in any order', () => {
		for (const c of vectors.cases) {
			const root = {
				timestamp: BigInt(c.timestamp),
				chains: c.chains.map((chain) => ({
					chainId: parseChainId(chain.chainID, 'chain'),
					output: parseHash(chain.output, 'output'),
				})),
			}
			expect(encodeHexBytes(encodeSuperPreimage(root))).toBe(c.preimage)
			expect(superRoot(root)).toBe(c.superRoot)
			const sorted = root.chains.toSorted((a, b) => compareChainIds(a.chainId, b.chainId))
			expect(decodeSuperPreimage(bytes(c.preimage))).toEqual({ timestamp: root.timestamp, chains: sorted })
			for (const chain of c.chains) {
				expect(outputRoot(decodeOutputPreimage(bytes(chain.outputPreimage)))).toBe(chain.output)
			}
		}
		expect(vectors.cases.length).toBe(60)
	})

	it('agrees with all 9 vectors of reading a preimage', () => {
		for (const c of vectors.unmarshal) {
			if (c.error === undefined) {
				expect(decodeSuperPreimage(bytes(c.data)).chains.length, c.name).toBe(c.chains)
			} else {
				expect(() => decodeSuperPreimage(bytes(c.data)), c.name).toThrow(MalformedValueError)
				expect(() => decodeSuperPreimage(bytes(c.data)), c.name).toThrow(c.error)
			}
		}
		expect(vectors.unmarshal.length).toBe(9)
	})

	it('writes all 12 responses to the letter', () => {
		for (const { json } of vectors.responses) {
			const response = parseSuperRootResponse(json, 'response')
			expect(JSON.stringify(encodeSuperRootResponse(response))).toBe(JSON.stringify(json))
			expect(response.chains.length).toBe(json.chains.length)
			const root = {
				timestamp: response.timestamp,
				chains: response.chains.map(({ chainId, canonical }) => ({ chainId, output: canonical })),
			}
			expect(superRoot(root)).toBe(response.superRoot)
		}
		expect(vectors.responses.length).toBe(12)
	})

	it('decodes what it encodes', () => {
		const chains = fc.uniqueArray(fc.record({ chainId: anyChainId, output: anyHash }), {
			selector: (chain) => chain.chainId,
			minLength: 1,
			maxLength: 6,
		})
		fc.assert(
			fc.property(anyUint64, chains, (timestamp, chains) => {
				const sorted = chains.toSorted((a, b) => compareChainIds(a.chainId, b.chainId))
				const decoded = decodeSuperPreimage(encodeSuperPreimage({ timestamp, chains }))
				expect(decoded).toEqual({ timestamp, chains: sorted })
			}),
		)
	})

	it('reads the responses that it writes', () => {
		const response = fc.record({
			crossSafeDerivedFrom: anyBlockId,
			timestamp: anyUint64,
			superRoot: anyHash,
			version: fc.nat({ max: 255 }),
			chains: fc.array(fc.record({ chainId: anyChainId, canonical: anyHash, pending: anyBytes(128) })),
		})
		fc.assert(
			fc.property(response, (response) => {
				const text = JSON.stringify(encodeSuperRootResponse(response))
				expect(parseSuperRootResponse(JSON.parse(text), 'response')).toEqual(response)
			}),
		)
	})
})
