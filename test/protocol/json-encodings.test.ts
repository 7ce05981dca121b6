import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeAccess, parseAccess } from '../../src/protocol/access-list.js'
import { chainIdFromBytes, chainIdToBytes, formatChainId, parseChainId } from '../../src/protocol/chain-id.js'
import * as encode from '../../src/protocol/encode-block.js'
import { MalformedValueError } from '../../src/protocol/errors.js'
import {
	encodeExecutingDescriptor,
	parseExecutingDescriptor,
} from '../../src/protocol/executing-descriptor.js'
import { encodeHexUint64, parseHexNumber, parseHexUint64 } from '../../src/protocol/hex-uint64.js'
import {
	encodeMessage,
	encodeMessageIdentifier,
	parseMessage,
	parseMessageIdentifier,
} from '../../src/protocol/message.js'
import * as parse from '../../src/protocol/parse-block.js'
import { parseJson } from '../../src/protocol/parse-json.js'
import { parseManagedEvent } from '../../src/protocol/parse-managed-event.js'
import { isAtLeastAsSafe, parseSafetyLevel, SAFETY_LEVELS } from '../../src/protocol/safety-level.js'
import { encodeSuperRootResponse, parseSuperRootResponse } from '../../src/protocol/super-root-response.js'
import {
	encodeChainMap,
	encodeSyncStatus,
	parseChainMap,
	parseSyncStatus,
	type SyncStatus,
} from '../../src/protocol/sync-status.js'
import * as any from './arbitraries.js'
import { loadVectors } from './load-vectors.js'

interface MarshalCase {
	type: string
	name: string
	json: string
}

interface UnmarshalCase {
	type: string
	input: string
	value?: unknown
	error?: string
}

/** Reading and writing of a type; both together must give the same text again. */
interface Codec {
	rewrite(value: unknown): unknown
	/** What the vectors write for a value that was read. */
	asVector?(value: unknown): unknown
}

function codec<T>(
	read: (value: unknown) => T,
	write: (value: T) => unknown,
	asVector?: (value: T) => unknown,
): Codec {
	return {
		rewrite: (value) => write(read(value)),
		...(asVector === undefined ? {} : { asVector: (value) => asVector(read(value)) }),
	}
}

const text = (value: bigint | number) => value.toString()

const CODECS: Record<string, Codec> = {
	BlockID: codec((v) => parse.parseBlockId(v, 'id'), encode.encodeBlockId),
	BlockSeal: codec((v) => parse.parseBlockSeal(v, 'seal'), encode.encodeBlockSeal),
	BlockRef: codec(
		(v) => parse.parseBlockRef(v, 'ref'),
		encode.encodeBlockRef,
		(ref) => ({ ...ref, number: text(ref.number), timestamp: text(ref.timestamp) }),
	),
	L2BlockRef: codec((v) => parse.parseL2BlockRef(v, 'ref'), encode.encodeL2BlockRef),
	DerivedBlockRefPair: codec((v) => parse.parseDerivedPair(v, 'pair'), encode.encodeDerivedPair),
	DerivedBlockSealPair: codec((v) => parse.parseDerivedSealPair(v, 'pair'), encode.encodeDerivedSealPair),
	DerivedIDPair: codec((v) => parse.parseDerivedIdPair(v, 'pair'), encode.encodeDerivedIdPair),
	BlockReplacement: codec((v) => parse.parseBlockReplacement(v, 'replaced'), encode.encodeBlockReplacement),
	OutputV0: codec((v) => parse.parseOutputV0(v, 'output'), encode.encodeOutputV0),
	Access: codec((v) => parseAccess(v, 'access'), encodeAccess),
	Message: codec((v) => parseMessage(v, 'message'), encodeMessage),
	Identifier: codec(
		(v) => parseMessageIdentifier(v, 'identifier'),
		encodeMessageIdentifier,
		(id) => ({
			origin: id.origin,
			blockNumber: text(id.blockNumber),
			logIndex: id.logIndex,
			timestamp: text(id.timestamp),
			chainID: text(id.chainId),
		}),
	),
	ManagedEvent: codec(parseManagedEvent, encode.encodeManagedEvent, (event) =>
		JSON.stringify(encode.encodeManagedEvent(event)),
	),
	SupervisorSyncStatus: codec((v) => parseSyncStatus(v, 'status'), encodeSyncStatus),
	SuperRootResponse: codec(
		(v) => parseSuperRootResponse(v, 'response'),
		encodeSuperRootResponse,
		(response) => ({
			chains: response.chains.length,
			timestamp: text(response.timestamp),
			version: response.version,
		}),
	),
	ExecutingDescriptor: codec(
		(v) => parseExecutingDescriptor(v, 'descriptor'),
		encodeExecutingDescriptor,
		(descriptor) => ({
			chainID: text(descriptor.chainId),
			timeout: text(descriptor.timeout),
			timestamp: text(descriptor.timestamp),
		}),
	),
	ChainID: codec((v) => parseChainId(v, 'chain'), formatChainId, text),
	SafetyLevel: codec(
		(v) => parseSafetyLevel(v),
		(level) => level,
		(level) => level,
	),
	AllSafeDerivedAt: codec(
		(v) => parseChainMap(v, 'chains', parse.parseBlockId),
		(chains) => encodeChainMap(chains, encode.encodeBlockId),
	),
}

/** Where Vigil knowingly differs, by type and text. */
const REFUSED_ON_PURPOSE = new Map<string, string>([
	['BlockRef max', 'numbers above 2^53 - 1 are an error rather than a rounded number'],
	['BlockRef {"number":18446744073709551615}', 'the same, and members are missing'],
	['BlockRef {}', 'a block ref without its members is no block; the reference reads zeros'],
	['ChainID null', 'null is no chain; the reference leaves zero'],
	[
		'SafetyLevel null',
		'null is no level; the reference leaves an empty one and refuses it later with the same code',
	],
])

/** `null` and an empty collection mean the same; Vigil writes the latter. */
const EMPTY_FOR_NULL = new Set(['SupervisorSyncStatus zero', 'SuperRootResponse zero'])

/** Members of a map by chain: Go sorts their names as text, JavaScript puts small integers first. */
const OTHER_MAP_ORDER = 'SupervisorSyncStatus three-chains'

function codecOf(type: string): Codec {
	const found = CODECS[type]
	if (found === undefined) throw new Error(`no codec for ${type}`)
	return found
}

describe('JSON encodings', () => {
	const vectors = loadVectors<{ marshal: MarshalCase[]; unmarshal: UnmarshalCase[] }>('json-encodings.json')

	it('writes all 70 texts to the letter', () => {
		const differing = new Set<string>()
		for (const { type, name, json } of vectors.marshal) {
			const label = `${type} ${name}`
			const rewrite = () => JSON.stringify(codecOf(type).rewrite(parseJson(json)))
			if (REFUSED_ON_PURPOSE.has(label)) {
				expect(rewrite, label).toThrow(MalformedValueError)
				differing.add(label)
			} else if (EMPTY_FOR_NULL.has(label)) {
				expect(rewrite().replace(/"chains":(\[\]|\{\})/, '"chains":null'), label).toBe(json)
				differing.add(label)
			} else if (label === OTHER_MAP_ORDER) {
				expect(parseJson(rewrite()), label).toEqual(parseJson(json))
				expect(rewrite().length, label).toBe(json.length)
				differing.add(label)
			} else {
				expect(rewrite(), label).toBe(json)
			}
		}
		expect(vectors.marshal.length).toBe(70)
		expect([...differing].toSorted()).toEqual(['BlockRef max', OTHER_MAP_ORDER, ...EMPTY_FOR_NULL].toSorted())
	})

	it('reads or refuses all 72 texts alike', () => {
		const differing = new Set<string>()
		let refused = 0
		for (const { type, input, value, error } of vectors.unmarshal) {
			const label = `${type} ${input}`
			const read = () => {
				const { asVector } = codecOf(type)
				if (asVector === undefined) throw new Error(`${type}: nothing to compare with`)
				return asVector(parseJson(input))
			}
			if (error !== undefined || REFUSED_ON_PURPOSE.has(label)) {
				expect(read, label).toThrow(MalformedValueError)
				if (error === undefined) differing.add(label)
				else refused++
			} else {
				expect(read(), label).toEqual(value)
			}
		}
		expect(vectors.unmarshal.length).toBe(72)
		expect(differing.size).toBe(4)
		expect(refused).toBe(40)
	})
})

describe('reading what was written gives the same', () => {
	const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
	const pair = fc.record({ source: any.anyBlockRef, derived: any.anyBlockRef })
	const sealPair = fc.record({ source: any.anyBlockSeal, derived: any.anyBlockSeal })
	const idPair = fc.record({ source: any.anyBlockId, derived: any.anyBlockId })
	const replaced = fc.record({ replacement: any.anyBlockRef, invalidated: any.anyHash })
	const event = fc.record({
		reset: optional(fc.string()),
		unsafeBlock: optional(any.anyBlockRef),
		derivationUpdate: optional(pair),
		exhaustL1: optional(pair),
		replaceBlock: optional(replaced),
		derivationOriginUpdate: optional(any.anyBlockRef),
	})

	function sameAgain<T>(arbitrary: fc.Arbitrary<T>, rewrite: (value: T) => T): void {
		fc.assert(
			fc.property(arbitrary, (value) => {
				expect(rewrite(value)).toEqual(value)
			}),
		)
	}
	const wire = (value: unknown) => parseJson(JSON.stringify(value))

	it('blocks, pairs, replacements, outputs', () => {
		sameAgain(any.anyBlockId, (v) => parse.parseBlockId(wire(encode.encodeBlockId(v)), 'v'))
		sameAgain(any.anyBlockSeal, (v) => parse.parseBlockSeal(wire(encode.encodeBlockSeal(v)), 'v'))
		sameAgain(any.anyBlockRef, (v) => parse.parseBlockRef(wire(encode.encodeBlockRef(v)), 'v'))
		sameAgain(any.anyL2BlockRef, (v) => parse.parseL2BlockRef(wire(encode.encodeL2BlockRef(v)), 'v'))
		sameAgain(pair, (v) => parse.parseDerivedPair(wire(encode.encodeDerivedPair(v)), 'v'))
		sameAgain(sealPair, (v) => parse.parseDerivedSealPair(wire(encode.encodeDerivedSealPair(v)), 'v'))
		sameAgain(idPair, (v) => parse.parseDerivedIdPair(wire(encode.encodeDerivedIdPair(v)), 'v'))
		sameAgain(replaced, (v) => parse.parseBlockReplacement(wire(encode.encodeBlockReplacement(v)), 'v'))
		sameAgain(any.anyOutput, (v) => parse.parseOutputV0(wire(encode.encodeOutputV0(v)), 'v'))
	})

	it('events, in both spellings', () => {
		fc.assert(
			fc.property(event, (members) => {
				const given = Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
				const event = parseManagedEvent(given)
				expect(event).toEqual(given)
				const written = wire(encode.encodeManagedEvent(event))
				expect(parseManagedEvent(written)).toEqual(given)
				const capital = Object.entries(given).map(([key, v]) => [
					key.charAt(0).toUpperCase() + key.slice(1),
					v,
				])
				expect(parseManagedEvent(Object.fromEntries(capital))).toEqual(given)
			}),
		)
	})

	it('chain IDs, quantities, descriptors', () => {
		sameAgain(any.anyChainId, (v) => parseChainId(formatChainId(v), 'v'))
		sameAgain(any.anyChainId, (v) => parseChainId(`0x${v.toString(16)}`, 'v'))
		sameAgain(any.anyChainId, (v) => chainIdFromBytes(chainIdToBytes(v)))
		sameAgain(any.anyUint64, (v) => parseHexUint64(encodeHexUint64(v), 'v'))
		const descriptor = fc.record({
			chainId: any.anyChainId,
			timestamp: any.anyUint64,
			timeout: any.anyUint64,
		})
		sameAgain(descriptor, (v) => parseExecutingDescriptor(wire(encodeExecutingDescriptor(v)), 'v'))
	})

	it('sync status', () => {
		const heads = fc.record({
			localUnsafe: any.anyBlockRef,
			localSafe: any.anyBlockId,
			crossUnsafe: any.anyBlockId,
			safe: any.anyBlockId,
			finalized: any.anyBlockId,
		})
		const status: fc.Arbitrary<SyncStatus> = fc.record({
			minSyncedL1: any.anyBlockRef,
			safeTimestamp: any.anyUint,
			finalizedTimestamp: any.anyUint,
			chains: fc.array(fc.tuple(any.anyChainId, heads), { maxLength: 3 }).map((entries) => new Map(entries)),
		})
		sameAgain(status, (v) => parseSyncStatus(wire(encodeSyncStatus(v)), 'v'))
	})
})

describe('safety levels', () => {
	it('are ordered as listed', () => {
		for (const [i, level] of SAFETY_LEVELS.entries()) {
			for (const [j, minimum] of SAFETY_LEVELS.entries()) expect(isAtLeastAsSafe(level, minimum)).toBe(i >= j)
		}
	})

	it('are refused in the words of the peers', () => {
		expect(() => parseSafetyLevel('latest')).toThrow('unrecognized safety level')
	})
})

describe('a number as a quantity', () => {
	it.each([
		['0x0', 0],
		['0x3e8', 1_000],
		['0x1fffffffffffff', Number.MAX_SAFE_INTEGER],
	])('%s', (text, number) => {
		expect(parseHexNumber(text, 'number')).toBe(number)
	})

	it.each(['0x20000000000000', '0x20000000000001', '0xffffffffffffffff', '0x', '0x01', 5])(
		'%s is refused, rather than rounded',
		(value) => {
			expect(() => parseHexNumber(value, 'number')).toThrow(MalformedValueError)
		},
	)
})
