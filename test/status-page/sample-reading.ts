import type {
	ChainReading,
	ChainWork,
	ClusterReading,
	HeadLevel,
	NodeReading,
} from '../../src/observability/cluster-reading.js'
import { parseHash } from '../../src/protocol/hash.js'

const HASH = parseHash(`0x${'ab'.repeat(32)}`, 'hash')
const OTHER = parseHash(`0x${'cd'.repeat(32)}`, 'hash')
const now = () => Math.floor(Date.now() / 1_000)

/** Blocks behind the local-unsafe head, with a block a second. */
const LAGS: Readonly<Record<HeadLevel, number>> = {
	'local-unsafe': 0,
	'cross-unsafe': 1,
	'local-safe': 40,
	'cross-safe': 45,
	finalized: 400,
}

export function chainReading(chain: string, of: Partial<ChainReading> = {}, newest = 5_000): ChainReading {
	const heads = Object.fromEntries(
		Object.entries(LAGS).map(([level, lag]) => [
			level,
			{ number: newest - lag, hash: HASH, timestamp: now() - lag },
		]),
	)
	return {
		chain,
		heads,
		derivationOrigin: 700,
		dispute: undefined,
		invalidated: { pending: 0, replaced: 0 },
		lastInvalidated: [],
		firstKept: undefined,
		rows: { log: newest, local_derived: 0, cross_derived: 0 },
		...of,
	}
}

export function chainWork(chain: string, of: Partial<ChainWork> = {}): ChainWork {
	const queues = { blocksBehind: 0, rangesInFlight: 0, eventsQueued: 0, linksQueued: 0 }
	return { chain, stopped: undefined, nodesReady: 1, executionNodesReady: 0, ...queues, ...of }
}

export function nodeReading(chain: string, of: Partial<NodeReading> = {}): NodeReading {
	return {
		chain,
		url: `ws://node-${chain}:9645`,
		state: 'ready',
		reason: undefined,
		isResetting: false,
		resets: 0,
		lastResets: [],
		refusedResets: new Map(),
		events: new Map(),
		losses: 0,
		...of,
	}
}

/** A cluster of two chains without trouble. */
export function healthyReading(newest = 5_000): ClusterReading {
	const block = (lag: number) => ({ number: 800 - lag, hash: HASH, timestamp: now() - 12 * lag })
	return {
		store: {
			chains: [chainReading('901', {}, newest), chainReading('902', {}, newest)],
			finalizedL1: block(64),
			failsafe: false,
			generation: 0,
			environments: [],
			openSnapshots: 0,
			disk: { freeBytes: 75e9, sizeBytes: 100e9 },
		},
		work: {
			chains: [chainWork('901'), chainWork('902')],
			nodes: [nodeReading('901'), nodeReading('902')],
			followers: [],
			l1: { tip: block(0), isFollowed: true, held: undefined, waiting: 1 },
			indexTasks: [0],
			writeFault: undefined,
			writeFailures: 0,
			promotions: { rounds: 9, discarded: 0, crossSafe: 4_955, crossUnsafe: 4_999 },
		},
	}
}

/** Everything that can be wrong at once, told in the words of somebody who wants to get into the page. */
export function troubledReading(hostile: string): ClusterReading {
	const { store, work } = healthyReading()
	if (work === undefined) throw new Error('a supervising process has work')
	const block = { number: 4_980, hash: HASH }
	return {
		store: {
			...store,
			failsafe: true,
			disk: { freeBytes: 4e9, sizeBytes: 100e9 },
			chains: [
				chainReading('901', {
					dispute: { block, other: OTHER },
					invalidated: { pending: 1, replaced: 1 },
					lastInvalidated: [
						{ block, reason: `conflict: ${hostile}`, replacement: undefined, time: now() - 5 },
						{ block, reason: 'conflict: no such message', replacement: OTHER, time: now() - 4_000 },
					],
				}),
				chainReading('902'),
				chainReading('903', { heads: {} }),
			],
		},
		work: {
			...work,
			chains: [
				chainWork('901', { blocksBehind: 4_711 }),
				chainWork('902', { stopped: `a damaged row ${hostile}` }),
				chainWork('903', { nodesReady: 0 }),
			],
			nodes: [
				nodeReading('901', { lastResets: [{ time: now() - 90, reason: `an event was lost: ${hostile}` }] }),
				nodeReading('902', { isResetting: true, resets: 3, losses: 2 }),
				nodeReading('', {
					url: 'ws://node-903:9645',
					state: 'refused',
					reason: `http://user:password@node-903:9645/v3/key says ${hostile}`,
				}),
			],
			l1: { ...work.l1, isFollowed: false, held: `block 790 is another one ${hostile}` },
		},
	}
}
