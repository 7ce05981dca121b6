import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InvalidExecutingMessageError } from '../../src/protocol/errors.js'
import type { ExecutingMessage } from '../../src/protocol/executing-message.js'
import {
	decodeExecutingMessage,
	encodeExecutingMessageLog,
	type LogContent,
} from '../../src/protocol/executing-message-log.js'
import { encodeMessage, parseMessage } from '../../src/protocol/message.js'
import { anyMessage } from './arbitraries.js'
import { bytes, loadVectors } from './load-vectors.js'

interface MessageCase {
	name: string
	log: LogContent
	result: 'message' | 'none' | 'error'
	error?: string
	executingMessage?: {
		blockNum: string
		chainID: string
		checksum: string
		logIdx: number
		timestamp: string
	}
	messageJSON?: unknown
}

function decode(log: LogContent): ExecutingMessage | undefined {
	const payload = Buffer.concat([...log.topics.map(bytes), bytes(log.data)])
	return decodeExecutingMessage(bytes(log.address), log.topics.length, payload)
}

/** Where the values stand in the five words: [from, to) in bytes; all between is padding. */
const VALUES = [
	[12, 32],
	[56, 64],
	[92, 96],
	[120, 128],
	[128, 160],
] as const

describe('executing message', () => {
	const { cases } = loadVectors<{ cases: MessageCase[] }>('executing-message.json')

	it('agrees with all 132 vectors', () => {
		const counts = { message: 0, none: 0, error: 0 }
		for (const c of cases) {
			counts[c.result]++
			if (c.result === 'error') {
				expect(() => decode(c.log), c.name).toThrow(InvalidExecutingMessageError)
				expect(() => decode(c.log), c.name).toThrow(c.error)
				continue
			}
			const message = decode(c.log)
			if (c.result === 'none') {
				expect(message, c.name).toBeUndefined()
				continue
			}
			expect(
				message && {
					blockNum: message.blockNumber.toString(),
					chainID: message.chainId.toString(),
					checksum: message.checksum,
					logIdx: message.logIndex,
					timestamp: message.timestamp.toString(),
				},
				c.name,
			).toEqual(c.executingMessage)
			const parsed = parseMessage(c.messageJSON, 'message')
			expect(JSON.stringify(encodeMessage(parsed))).toBe(JSON.stringify(c.messageJSON))
			expect(encodeExecutingMessageLog(parsed)).toEqual(c.log)
		}
		expect(cases.length).toBe(132)
		expect(counts).toEqual({ message: 78, none: 21, error: 33 })
	})

	it('decodes what it encodes', () => {
		fc.assert(
			fc.property(anyMessage, (message) => {
				const { identifier } = message
				const decoded = decode(encodeExecutingMessageLog(message))
				expect(decoded).toMatchObject({
					chainId: identifier.chainId,
					blockNumber: identifier.blockNumber,
					timestamp: identifier.timestamp,
					logIndex: identifier.logIndex,
				})
				expect(parseMessage(encodeMessage(message), 'message')).toEqual(message)
			}),
		)
	})

	it('refuses any single bit in the padding, and no other bit leaves the message as it was', () => {
		fc.assert(
			fc.property(anyMessage, (message) => {
				const log = encodeExecutingMessageLog(message)
				const original = decode(log)
				const data = bytes(log.data)
				for (let bit = 0; bit < 8 * data.length; bit++) {
					const flipped = Buffer.from(data)
					flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
					const changed = { ...log, data: `0x${flipped.toString('hex')}` }
					const isValue = VALUES.some(([from, to]) => bit >> 3 >= from && bit >> 3 < to)
					if (isValue) expect(decode(changed)?.checksum).not.toBe(original?.checksum)
					else expect(() => decode(changed)).toThrow(InvalidExecutingMessageError)
				}
			}),
			{ numRuns: 5 },
		)
	})
})
