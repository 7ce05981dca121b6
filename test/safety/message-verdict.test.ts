import { describe, expect, it } from 'vitest'
import { candidateOf } from '../../src/safety/candidate.js'
import { type MessageVerdict, messageVerdict } from '../../src/safety/message-verdict.js'
import { chainNamed, cluster, type SampleChain, type SampleMessage } from './cluster.js'

const A = chainNamed('a')
const at = (block: number, scope: number) => ({ block, scope })
const derived = (count: number, source = 1) => Array.from({ length: count }, () => ({ source }))

interface Case {
	/** The initiating chain. */
	readonly of: SampleChain
	readonly message?: Partial<SampleMessage>
	/** Time and scope of the block of chain `a` that executes it. */
	readonly time?: number
	readonly scope?: number
	readonly executor?: SampleChain
}

/** A block of chain a at time 30, scope 5, executes log 0 of block 2 (time 20) of chain b. */
function verdictOf({ of, message, time = 30, scope = 5, executor = {} }: Case): MessageVerdict {
	const view = cluster({ chains: { a: executor, b: of } })
	const sent = view.message({ chain: 'b', block: 2, log: 0, ...message })
	return messageVerdict(view, view.rules, sent, { chainId: A, timestamp: time, scope }, (chainId) =>
		candidateOf(view, chainId),
	)
}

/** Blocks 1 to 4 of b are settled at scope 1. */
const SETTLED: SampleChain = { blocks: derived(4), crossSafe: at(4, 1) }
/** Block 1 is settled, 2 (time 20) is the candidate. */
const CANDIDATE: SampleChain = { blocks: derived(4), crossSafe: at(1, 1) }
/** Time jumps from 10 to 40: no block has time 20. */
const GAP: SampleChain = { blocks: [{ source: 1 }, { source: 1, time: 40 }], crossSafe: at(1, 1) }

describe('verdict of one message (rules, section 5)', () => {
	it.each<[string, Case]>([
		['5: the settled block of its time holds it', { of: SETTLED }],
		['5: also the cross-safe head itself', { of: { ...SETTLED, crossSafe: at(2, 1) } }],
		['5: of the own chain, or of the same time', { of: SETTLED, time: 20 }],
		['5: settled at the very scope', { of: { ...SETTLED, crossSafe: { ...at(4, 9), scopes: { 2: 5 } } } }],
		['1: executed at the end of the expiry window', { of: SETTLED, time: 1_020 }],
	])('ok, rule %s', (_, sample) => {
		expect(verdictOf(sample)).toEqual({ kind: 'ok' })
	})

	it.each<[string, Case, MessageVerdict['kind'], RegExp?]>([
		['the first kept block holds its own messages', { of: { ...SETTLED, keptFrom: 2 } }, 'ok'],
		['a later one, too', { of: { ...SETTLED, keptFrom: 1 } }, 'ok'],
		[
			'nothing is said of what is gone',
			{ of: { ...SETTLED, keptFrom: 3 } },
			'future',
			/kept from time 30 on/,
		],
		[
			'a gone block cannot have the time of a kept one',
			{ of: { ...SETTLED, keptFrom: 3 }, message: { block: 1, time: 30 } },
			'conflict',
			/time 30 is that of block 3, not of 1/,
		],
		[
			'a kept block cannot have the time of a gone one',
			{ of: { ...SETTLED, keptFrom: 3 }, message: { block: 4, time: 20 } },
			'future',
			/kept from time 30 on/,
		],
		[
			'the anchor holds none',
			{ of: { ...SETTLED, keptFrom: 3 }, message: { block: 0 } },
			'conflict',
			/first block 0/,
		],
		[
			'what has expired has expired',
			{ of: { ...SETTLED, keptFrom: 3 }, time: 1_021 },
			'conflict',
			/^expired$/,
		],
	])('with pruned blocks: %s', (_, sample, kind, reason) => {
		const verdict = verdictOf(sample)
		expect(verdict.kind).toBe(kind)
		if (reason !== undefined) expect(verdict).toMatchObject({ reason: expect.stringMatching(reason) })
	})

	it('6g: depends on the candidate of the same time, if that holds it', () => {
		const view = cluster({ chains: { b: CANDIDATE } })
		const verdict = verdictOf({ of: CANDIDATE, time: 20 })
		expect(verdict).toEqual({ kind: 'depends', on: { ...view.block('b', 2), source: 1 } })
	})

	it.each<[string, Case, RegExp]>([
		['1: the chain is unknown', { of: SETTLED, message: { chain: 'z' } }, /^unknown-chain$/],
		['1: initiated after the execution', { of: SETTLED, time: 19 }, /^initiated-after-execution$/],
		['1: expired', { of: SETTLED, time: 1_021 }, /^expired$/],
		['1: interop was not active', { of: { ...SETTLED, interopTime: 21 } }, /^interop-inactive$/],
		['1: of the activation block', { of: { ...SETTLED, interopTime: 20 } }, /^activation-block$/],
		['1: before 2', { of: { crossSafe: null }, time: 19 }, /^initiated-after-execution$/],
		['3: of the anchor', { of: SETTLED, message: { block: 0 } }, /first block 0 of chain 2/],
		['3: before 4, whatever is settled', { of: CANDIDATE, message: { block: 0, time: 25 } }, /first block 0/],
		[
			'5: another number has this time',
			{ of: SETTLED, message: { block: 3, time: 20 } },
			/block 2, not of 3/,
		],
		['5: no block has this time', { of: SETTLED, message: { time: 15 } }, /block 2 has time 20, not 15/],
		['5: the block has no such log', { of: SETTLED, message: { log: 5 } }, /block 2 has no log 5/],
		[
			'5: the log is another',
			{ of: SETTLED, message: { wrongChecksum: true } },
			/log 0 of block 2 is another/,
		],
		['6f: the candidate is later already', { of: GAP, message: { time: 20 } }, /no block of time 20/],
		['6f: of the same time', { of: GAP, message: { time: 20 }, time: 20 }, /no block of time 20/],
		['6g: the candidate has no such log', { of: CANDIDATE, time: 20, message: { log: 5 } }, /no log 5/],
		['6g: another number', { of: CANDIDATE, time: 20, message: { block: 3, time: 20 } }, /not of 3/],
		[
			'6g: the log of the candidate is another',
			{ of: CANDIDATE, time: 20, message: { wrongChecksum: true } },
			/log 0 of block 2 is another/,
		],
	])('conflict, rule %s', (_, sample, reason) => {
		expect(verdictOf(sample)).toEqual({ kind: 'conflict', reason: expect.stringMatching(reason) })
	})

	it.each<[string, Case, RegExp]>([
		[
			'2: nothing of the chain is cross-safe',
			{ of: { ...CANDIDATE, crossSafe: null } },
			/no cross-safe block/,
		],
		['2: before 3', { of: { ...CANDIDATE, crossSafe: null }, message: { block: 0 } }, /no cross-safe block/],
		['4: the head is being rewound', { of: { blocks: [{}, {}], crossSafe: at(2, 1) } }, /rewound/],
		['6a: there is no candidate', { of: { blocks: derived(1), crossSafe: at(1, 1) } }, /not local-safe/],
		[
			'6a: the candidate is not in its own scope',
			{ of: { blocks: [{ source: 1 }, { source: 2 }], crossSafe: at(1, 1) } },
			/after its scope 1/,
		],
		[
			'6a: the candidate is not indexed',
			{ of: { blocks: [{ source: 1 }, { source: 1, isOtherIndexed: true }], crossSafe: at(1, 1) } },
			/not indexed/,
		],
		['6a: before 6b', { of: { blocks: derived(1), crossSafe: at(1, 9) }, time: 20 }, /not local-safe/],
		['6a: it is being replaced', { of: { ...CANDIDATE, awaited: 2 }, time: 20 }, /replacement of block 2/],
		[
			'6c: the candidate is older',
			{ of: CANDIDATE, message: { block: 3 } },
			/block 2 of chain 2 is not settled/,
		],
		['6c: of the same time', { of: CANDIDATE, message: { block: 3 }, time: 30 }, /block 2 .* not settled/],
		[
			'6c: before 6e',
			{ of: { ...CANDIDATE, crossSafe: at(1, 9) }, message: { block: 3 }, time: 31 },
			/not settled/,
		],
		['6d: an older message of the candidate', { of: CANDIDATE }, /block 2 of chain 2 is not settled/],
		['6d: also if it is not in it', { of: CANDIDATE, message: { wrongChecksum: true } }, /not settled/],
		['6d: before 6e', { of: { ...CANDIDATE, crossSafe: at(1, 9) } }, /not settled/],
	])('future, rule %s', (_, sample, reason) => {
		expect(verdictOf(sample)).toEqual({ kind: 'future', reason: expect.stringMatching(reason) })
	})

	it.each<[string, Case, RegExp]>([
		[
			'5: settled after the scope',
			{ of: { ...SETTLED, crossSafe: { ...at(4, 9), scopes: { 2: 6 } } } },
			/cross-safe from L1 block 6 on/,
		],
		[
			'5: settled after the scope, also if it is not in it',
			{ of: { ...SETTLED, crossSafe: { ...at(4, 9), scopes: { 2: 6 } } }, message: { wrongChecksum: true } },
			/from L1 block 6 on/,
		],
		[
			'6b: the other chain is ahead',
			{ of: { ...CANDIDATE, crossSafe: at(1, 6) }, time: 20 },
			/at scope 6, beyond 5/,
		],
		[
			'6b: before 6c',
			{ of: { ...CANDIDATE, crossSafe: at(1, 6) }, message: { block: 3 }, time: 30 },
			/at scope 6, beyond 5/,
		],
		['6e: before 6f', { of: { ...GAP, crossSafe: at(1, 6) }, message: { time: 20 } }, /at scope 6, beyond 5/],
	])('outOfScope, rule %s', (_, sample, reason) => {
		expect(verdictOf(sample)).toEqual({ kind: 'outOfScope', reason: expect.stringMatching(reason) })
	})

	it('6f: a message of the own chain that names a time before the candidate is a conflict', () => {
		const view = cluster({ chains: { a: GAP } })
		const execution = { chainId: A, timestamp: 40, scope: 5 }
		const message = view.message({ chain: 'a', block: 2, log: 0, time: 20 })
		const verdict = messageVerdict(view, view.rules, message, execution, (of) => candidateOf(view, of))
		expect(verdict).toMatchObject({ kind: 'conflict', reason: 'chain 1 has no block of time 20' })
	})

	it('4: finds the settled block by its time in few reads, whatever number the message claims', () => {
		const blocks = 4_000
		const of = { blocks: derived(blocks), crossSafe: at(blocks, 1) }
		const view = cluster({ chains: { a: {}, b: of } })
		const message = view.message({ chain: 'b', block: 77, log: 0, time: 30_000 })
		const execution = { chainId: A, timestamp: 30_000, scope: 5 }
		const verdict = messageVerdict(view, view.rules, message, execution, (chainId) =>
			candidateOf(view, chainId),
		)
		// Expired or not is a matter of time alone, which is that of the execution here.
		expect(verdict).toMatchObject({
			kind: 'conflict',
			reason: expect.stringMatching(/block 3000, not of 77/),
		})
		expect(view.reads.all).toBeLessThan(30)
	})
})
