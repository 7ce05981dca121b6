import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseAccess } from '../../src/protocol/access-list.js'
import { parseChainId } from '../../src/protocol/chain-id.js'
import { decodeReceiptsValue } from '../../src/protocol/decode-receipts.js'
import { encodeManagedEvent } from '../../src/protocol/encode-block.js'
import { MalformedValueError, ProtocolError } from '../../src/protocol/errors.js'
import { parseExecutingDescriptor } from '../../src/protocol/executing-descriptor.js'
import { parseHash, ZERO_HASH } from '../../src/protocol/hash.js'
import { parseHexBytes } from '../../src/protocol/hex-bytes.js'
import { parseHexUint64 } from '../../src/protocol/hex-uint64.js'
import { parseMessage } from '../../src/protocol/message.js'
import * as parse from '../../src/protocol/parse-block.js'
import { parseManagedEvent } from '../../src/protocol/parse-managed-event.js'
import { parseSafetyLevel } from '../../src/protocol/safety-level.js'
import { parseSuperRootResponse } from '../../src/protocol/super-root-response.js'
import { parseSyncStatus } from '../../src/protocol/sync-status.js'
import { anyBlockRef } from './arbitraries.js'

const PARSERS: [string, (value: unknown) => unknown][] = [
	['hash', (v) => parseHash(v, 'v')],
	['chain ID', (v) => parseChainId(v, 'v')],
	['quantity', (v) => parseHexUint64(v, 'v')],
	['bytes', (v) => parseHexBytes(v, 'v')],
	['safety level', (v) => parseSafetyLevel(v)],
	['block ID', (v) => parse.parseBlockId(v, 'v')],
	['L2 block ref', (v) => parse.parseL2BlockRef(v, 'v')],
	['pair', (v) => parse.parseDerivedPair(v, 'v')],
	['replacement', (v) => parse.parseBlockReplacement(v, 'v')],
	['output', (v) => parse.parseOutputV0(v, 'v')],
	['event', parseManagedEvent],
	['access', (v) => parseAccess(v, 'v')],
	['message', (v) => parseMessage(v, 'v')],
	['descriptor', (v) => parseExecutingDescriptor(v, 'v')],
	['super root response', (v) => parseSuperRootResponse(v, 'v')],
	['sync status', (v) => parseSyncStatus(v, 'v')],
	['receipts', (v) => decodeReceiptsValue(v, { hash: ZERO_HASH, number: 0 })],
]

describe('untrusted values', () => {
	it.each(PARSERS)('%s: any JSON is read or refused by name', (_name, read) => {
		fc.assert(
			fc.property(fc.jsonValue(), (value) => {
				try {
					read(value)
				} catch (error) {
					expect(error).toBeInstanceOf(ProtocolError)
				}
			}),
		)
	})

	it('one wrong member makes an event wrong, and the error names it', () => {
		const wrong = fc.constantFrom<unknown>('5', 1.5, -1, 2 ** 53, '0x12', {}, [], true)
		const key = fc.constantFrom('hash', 'number', 'parentHash', 'timestamp')
		const place = fc.constantFrom(
			'unsafeBlock',
			'derivationUpdate.source',
			'exhaustL1.derived',
			'replaceBlock.replacement',
		)
		fc.assert(
			fc.property(anyBlockRef, wrong, key, place, (ref, value, key, place) => {
				const [name = '', inner] = place.split('.')
				const bad = { ...ref, [key]: value }
				const event = {
					reset: 'also set',
					[name]:
						inner === undefined
							? bad
							: { source: ref, derived: ref, invalidated: ref.hash, replacement: ref, [inner]: bad },
				}
				expect(() => parseManagedEvent(event)).toThrow(MalformedValueError)
				expect(() => parseManagedEvent(event)).toThrow(`invalid ${place}.${key}`)
			}),
		)
	})

	it('takes no member from a prototype', () => {
		const ref = { hash: ZERO_HASH, number: 1, parentHash: ZERO_HASH, timestamp: 2 }
		const inherited: unknown = Object.create({ unsafeBlock: ref })
		expect(parseManagedEvent(inherited)).toEqual({})
		expect(parseManagedEvent(JSON.parse(`{"__proto__":{"unsafeBlock":${JSON.stringify(ref)}}}`))).toEqual({})
	})

	it('leaves what is not asked for behind when it writes', () => {
		const ref = { hash: ZERO_HASH, number: 1, parentHash: ZERO_HASH, timestamp: 2 }
		const known = { ...ref, logCount: 93 }
		expect(JSON.stringify(encodeManagedEvent({ unsafeBlock: known }))).toBe(
			JSON.stringify({ unsafeBlock: ref }),
		)
	})

	it('are not carried around by their errors', () => {
		const huge = '"'.repeat(1 << 20)
		try {
			parseHash(huge, 'hash')
			expect.unreachable()
		} catch (error) {
			expect(error).toBeInstanceOf(MalformedValueError)
			expect(JSON.stringify(error).length).toBeLessThan(1000)
			expect(String(error).length).toBeLessThan(1000)
		}
	})

	it('of megabytes are read without exhausting the stack', () => {
		expect(parseHexBytes(`0x${'ab'.repeat(1 << 23)}`, 'data').length).toBe(1 << 23)
	})
})
