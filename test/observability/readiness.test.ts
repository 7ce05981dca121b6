import { expect, it } from 'vitest'
import type { ChainWork, ClusterReading, WorkReading } from '../../src/observability/cluster-reading.js'
import { notReady, READY_WITHIN_BLOCKS } from '../../src/observability/readiness.js'
import { readinessOf } from '../../src/observability/readiness-answer.js'
import { ZERO_HASH } from '../../src/protocol/hash.js'

const BLOCK = { number: 7, hash: ZERO_HASH, timestamp: 1_700_000_000 }
const CHAIN: ChainWork = {
	chain: '901',
	stopped: undefined,
	blocksBehind: 0,
	rangesInFlight: 0,
	eventsQueued: 0,
	linksQueued: 0,
	nodesReady: 1,
	executionNodesReady: 0,
}
const WORK: WorkReading = {
	chains: [CHAIN],
	nodes: [],
	followers: [],
	l1: { tip: BLOCK, isFollowed: true, held: undefined, waiting: 0 },
	indexTasks: [0],
	writeFault: undefined,
	writeFailures: 0,
	promotions: { rounds: 0, discarded: 0, crossSafe: 0, crossUnsafe: 0 },
}
const READING = {
	store: {
		chains: [
			{
				chain: '901',
				heads: { 'local-unsafe': BLOCK, 'cross-safe': BLOCK },
				derivationOrigin: undefined,
				dispute: { block: BLOCK, other: ZERO_HASH },
				lastInvalidated: [],
				invalidated: { pending: 1, replaced: 0 },
				firstKept: undefined,
				rows: { log: 0, local_derived: 0, cross_derived: 0 },
			},
		],
		finalizedL1: undefined,
		failsafe: true,
		generation: 0,
		environments: [],
		openSnapshots: 0,
		disk: undefined,
	},
	work: WORK,
} satisfies ClusterReading

const codes = (reading: ClusterReading | undefined) => notReady(reading).map(({ code }) => code)
const withWork = (work: Partial<WorkReading>) => ({ ...READING, work: { ...WORK, ...work } })
const withChain = (chain: Partial<ChainWork>) => withWork({ chains: [{ ...CHAIN, ...chain }] })
const withL1 = (l1: Partial<WorkReading['l1']>) => withWork({ l1: { ...WORK.l1, ...l1 } })
const withHeads = (heads: ClusterReading['store']['chains'][number]['heads']) => ({
	...READING,
	store: { ...READING.store, chains: READING.store.chains.map((chain) => ({ ...chain, heads })) },
})

it('a cluster that is followed and indexed is ready, whatever failsafe, disputes and invalid blocks say', () => {
	expect(codes(READING)).toEqual([])
	expect(codes(withChain({ blocksBehind: READY_WITHIN_BLOCKS }))).toEqual([])
	expect(codes({ store: READING.store })).toEqual([])
})

it.each([
	['there is no store yet', undefined, 'starting'],
	['a chain has no block', withHeads({}), 'no-blocks'],
	['a chain has no cross-safe block', withHeads({ 'local-unsafe': BLOCK }), 'no-blocks'],
	['a chain waits for an operator', withChain({ stopped: 'a contradiction' }), 'chain-stopped'],
	['a chain has no node', withChain({ nodesReady: 0 }), 'no-node'],
	['the index is far behind', withChain({ blocksBehind: READY_WITHIN_BLOCKS + 1 }), 'index-behind'],
	['L1 was never seen', withL1({ tip: undefined, isFollowed: false }), 'no-l1'],
	['L1 does not answer any more', withL1({ isFollowed: false }), 'no-l1'],
	['L1 contradicts the store', withL1({ held: 'another final block' }), 'l1-held'],
	['the disk is full', withWork({ writeFault: 'no space' }), 'storage-fault'],
] as const)('not while %s', (_, reading, code) => {
	expect(codes(reading)).toEqual([code])
})

it('a store that cannot be read is told as a reason', () => {
	const answer = readinessOf({
		read() {
			throw new Error('row 7 is damaged')
		},
	})()
	expect(answer).toEqual({
		status: 503,
		body: {
			status: 'not ready',
			reasons: [{ code: 'storage-fault', reason: 'the store cannot be read: row 7 is damaged' }],
		},
	})
})
