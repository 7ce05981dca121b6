import { describe, expect, test } from 'vitest'
import { type Access, AccessListError, encodeAccessList } from '../../src/protocol/access-list.js'
import type { BlockRef } from '../../src/protocol/block.js'
import type { ChainId } from '../../src/protocol/chain-id.js'
import { messageChecksum } from '../../src/protocol/checksum.js'
import {
	ConflictError,
	FailsafeEnabledError,
	FutureDataError,
	MalformedValueError,
	SkippedDataError,
	UnknownChainError,
} from '../../src/protocol/errors.js'
import { SAME_CHAIN } from '../../src/protocol/executing-descriptor.js'
import { type Hash, hashToBytes } from '../../src/protocol/hash.js'
import type { SafetyLevel } from '../../src/protocol/safety-level.js'
import { type AccessView, checkAccessList } from '../../src/safety/check-access-list.js'
import { LinkCheck } from '../../src/safety/link-check.js'

const A = 901n as ChainId
const B = 902n as ChainId
const UNKNOWN = 999n as ChainId

/** Blocks 10 (anchor) to 20, block n at time 1000 + 2n, each but the anchor with one log. */
const ANCHOR = 10
const HEAD = 20
const CROSS_UNSAFE = 18
const LOCAL_SAFE = 16
const SAFE = 14
const FINALIZED = 12
const WINDOW = 100

const hash = (n: number): Hash => `0x${n.toString(16).padStart(64, '0')}` as Hash
const timeOf = (n: number) => 1000 + 2 * n
const block = (n: number): BlockRef => ({
	hash: hash(n),
	number: n,
	parentHash: hash(n - 1),
	timestamp: timeOf(n),
})
const upTo = (limit: number) => (_: ChainId, n: number) =>
	n >= ANCHOR && n <= limit ? { ...block(n), source: 1, scope: 1 } : undefined

/** Both chains are alike. */
const view: AccessView = {
	failsafe: false,
	chainIds: [A, B],
	anchor: () => block(ANCHOR),
	firstKept: () => block(ANCHOR),
	canonical: upTo(HEAD),
	localUnsafe: () => block(HEAD),
	logHash: (_, { number }, logIndex) =>
		number > ANCHOR && logIndex === 0 ? hashToBytes(hash(7000 + number)) : undefined,
	crossUnsafe: () => block(CROSS_UNSAFE),
	localSafe: upTo(LOCAL_SAFE),
	crossSafe: upTo(SAFE),
	finalized: () => block(FINALIZED),
}

const schedule = { interopTime: 0, blockTime: 2 }
const rules = {
	link: new LinkCheck({
		chains: new Map([
			[A, schedule],
			[B, schedule],
		]),
		messageExpiryWindow: WINDOW,
	}),
}

function accessTo(number: number, change: Partial<Access> = {}): Access {
	const place = {
		chainId: A,
		blockNumber: BigInt(number),
		timestamp: BigInt(timeOf(number)),
		logIndex: 0,
	}
	const checksum = messageChecksum({ ...place, logHash: hashToBytes(hash(7000 + number)) })
	return { ...place, checksum, ...change }
}

interface Question {
	readonly accesses?: readonly Access[]
	readonly entries?: readonly Hash[]
	readonly minSafety?: SafetyLevel
	readonly chainId?: ChainId
	readonly at?: number
	readonly timeout?: bigint
	readonly view?: AccessView
}

function ask(question: Question): void {
	const { accesses = [], minSafety = 'unsafe', chainId = B, at = timeOf(HEAD), timeout = 0n } = question
	checkAccessList(question.view ?? view, rules, {
		entries: question.entries ?? encodeAccessList(accesses),
		minSafety,
		executing: { chainId, timestamp: BigInt(at), timeout },
	})
}

function refusal(question: Question): Error {
	try {
		ask(question)
	} catch (error) {
		if (error instanceof Error) return error
	}
	throw new Error('not refused')
}

describe('checkAccessList', () => {
	test('an empty list passes whatever the descriptor', () => {
		ask({ chainId: UNKNOWN, at: 0 })
	})

	test('failsafe comes before everything', () => {
		expect(refusal({ view: { ...view, failsafe: true } })).toBeInstanceOf(FailsafeEnabledError)
		expect(refusal({ view: { ...view, failsafe: true }, minSafety: 'invalid' })).toBeInstanceOf(
			FailsafeEnabledError,
		)
	})

	test('no block is invalid', () => {
		expect(refusal({ minSafety: 'invalid' })).toBeInstanceOf(MalformedValueError)
	})

	test.each([
		['unsafe', HEAD],
		['cross-unsafe', CROSS_UNSAFE],
		['local-safe', LOCAL_SAFE],
		['safe', SAFE],
		['finalized', FINALIZED],
	] as const)('%s: up to block %i', (minSafety, last) => {
		ask({ accesses: [accessTo(last)], minSafety })
		const error = refusal({ accesses: [accessTo(last + 1)], minSafety, at: timeOf(HEAD + 1) })
		expect(error).toBeInstanceOf(FutureDataError)
		if (last < HEAD) expect(error.message).toContain(`access 0: safety level: #${last + 1}`)
	})

	test('a block that lost to another cross-safe one never gets the level', () => {
		const crossSafe: AccessView['crossSafe'] = (_, number) => ({ number, hash: hash(5), scope: 1 })
		const question = { accesses: [accessTo(SAFE)], minSafety: 'safe', view: { ...view, crossSafe } } as const
		expect(refusal(question)).toBeInstanceOf(ConflictError)
	})

	test.each<[string, Access, new (...args: never[]) => Error, string]>([
		['another time', accessTo(15, { timestamp: 1031n }), ConflictError, 'has time 1030, not 1031'],
		['another log', accessTo(15, { checksum: accessTo(16).checksum }), ConflictError, 'another one'],
		['no such log', accessTo(15, { logIndex: 1 }), ConflictError, 'no log 1'],
		['the anchor', accessTo(ANCHOR), SkippedDataError, 'logs are indexed above #10'],
		['below the anchor', accessTo(9), SkippedDataError, 'logs are indexed above #10'],
		['block 0', accessTo(0), ConflictError, 'block 0 has no logs'],
		['beyond the head, too early', accessTo(21, { timestamp: 1039n }), ConflictError, 'has passed time'],
		['beyond the head', accessTo(21, { timestamp: 1040n }), FutureDataError, 'ends at #20'],
		['another chain', accessTo(15, { chainId: UNKNOWN }), UnknownChainError, '999'],
	])('%s', (_, access, expected, words) => {
		const error = refusal({ accesses: [access] })
		expect(error).toBeInstanceOf(expected)
		expect(error.message).toContain(words)
		if (!(error instanceof UnknownChainError))
			expect(error.message).toContain(`access 0: chain 901 block ${access.blockNumber} log`)
	})

	test('a number above 2^53 is beyond the head, not rounded onto it', () => {
		const access = accessTo(15, { blockNumber: 2n ** 64n - 1n })
		expect(refusal({ accesses: [access] })).toBeInstanceOf(ConflictError)
	})

	test('an executing chain outside of the dependency set is the one that is named', () => {
		const error = refusal({ accesses: [accessTo(15)], chainId: UNKNOWN })
		expect(error).toBeInstanceOf(UnknownChainError)
		expect(error.message).toContain('999')
	})

	test('without an executing chain it is the initiating one', () => {
		ask({ accesses: [accessTo(15)], chainId: SAME_CHAIN })
	})

	test('the link must hold until the time-out', () => {
		const accesses = [accessTo(15)]
		const last = timeOf(15) + WINDOW
		ask({ accesses, at: last })
		expect(refusal({ accesses, at: last + 1 }).message).toContain('access 0: link: chain 902 at 1131')
		ask({ accesses, at: last - 9, timeout: 9n })
		expect(refusal({ accesses, at: last - 9, timeout: 10n }).message).toContain('expired')
		expect(refusal({ accesses, at: timeOf(15), timeout: 2n ** 64n - 1n })).toBeInstanceOf(ConflictError)
	})

	test('the first failing access is reported, also before a malformed entry', () => {
		const accesses = [accessTo(15), accessTo(16, { logIndex: 3 }), accessTo(17, { logIndex: 4 })]
		expect(refusal({ accesses }).message).toContain('access 1: chain 901 block 16 log 3')
		const malformed = [...encodeAccessList(accesses.slice(0, 2)), hash(1)]
		expect(refusal({ entries: malformed }).message).toContain('access 1: chain 901 block 16 log 3')
		const onlyMalformed = [...encodeAccessList([accessTo(15)]), hash(1)]
		const error = refusal({ entries: onlyMalformed })
		expect(error).toBeInstanceOf(AccessListError)
		expect(error.message).toContain('entry 2')
	})
})
