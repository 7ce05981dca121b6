import { DeadlineError } from '../../test/cluster/until.js'
import type { GeneratedSource, NodeNews, NoteKind, ReplayRequest } from '../fake-cluster-messages.js'
import { type BlockByBlock, paceOf, secondsFor } from './block-by-block.js'
import { allInTurns } from './catch-up-rows.js'
import { type Between, delayFigures, delays } from './delays.js'
import { diskSyncMs } from './disk-sync.js'
import { follow, type Goal } from './follow.js'
import type { Measured } from './measurement.js'
import type { inTurns, Row, RowContext, RunInput } from './row.js'

/** The node's reset and the first tasks of the threads are no part of life at the tip. */
const SKIPPED_BLOCKS = 10

/** Who is at the tip has synced before, or runs for hours: its code is compiled. A peer gets 20 s for it. */
const HISTORY = { blocks: 1_000, skip: 100 }
const QUICK_HISTORY = { blocks: 20, skip: 20 }

const TIP = { blocks: 150, intervalMs: 200 }
const QUICK_TIP = { blocks: 120, intervalMs: 50 }
const SLOW_NODE = { blocks: 60, intervalMs: 500 }
const SLOW_NODE_MS = 300
const LATENCY_MS = 20
/** Blocks of the chain that is indexed meanwhile, in multiples of those of bulk, and when it appears. */
const BULK_SHARE = 5
const BULK_WITH_BLOCK = 25

interface TipOptions {
	readonly size: BlockByBlock
	readonly request?: Omit<ReplayRequest, 'pace' | 'latencyMs'> & { readonly latencyMs?: number }
	/** Blocks that do not count, from a node's first word on. */
	readonly skip?: number
	/** How many of the first chains count. */
	readonly chains?: number
	/** There is one chain more, which is indexed from genesis once the others are at the tip: only that time counts. */
	readonly hasBulkChain?: boolean
}

/** Rows in which new blocks come one by one. */
export const TIP_ROWS: readonly Row[] = [
	{
		name: 'tip',
		title: 'a block of each of 2 chains every 200 ms',
		run: (context) => {
			const size = context.options.quick ? QUICK_TIP : TIP
			const source: GeneratedSource = {
				...{ kind: 'generated', chains: 2, blocks: size.blocks, logs: context.options.logs },
			}
			const bulk = { blocks: context.options.blocks * BULK_SHARE, withBlock: BULK_WITH_BLOCK }
			return allInTurns(context, [
				{ row: 'tip', case: 'alone', source, measure: (input) => tip(input, { size }) },
				afterSync(source, size, context.options.quick ? QUICK_HISTORY : HISTORY),
				{
					...{ row: 'tip', case: `${LATENCY_MS} ms latency`, source },
					measure: (input) => tip(input, { size, request: { latencyMs: LATENCY_MS } }),
				},
				{
					...{ row: 'tip', case: 'during a bulk sync of another chain', source: { ...source, bulk } },
					measure: (input) => tip(input, { size, hasBulkChain: true }),
				},
			])
		},
	},
	{
		name: 'slow-node',
		title:
			'a block of each of 2 chains without messages every 500 ms: how late is the chain of the fast node?',
		run: (context) => {
			const size = context.options.quick ? QUICK_TIP : SLOW_NODE
			return allInTurns(
				context,
				[0, SLOW_NODE_MS].map((ms) => slowNode(context, size, ms)),
			)
		},
	},
]

function afterSync(
	source: GeneratedSource,
	{ blocks, intervalMs }: BlockByBlock,
	history: typeof HISTORY,
): Parameters<typeof inTurns>[1] {
	const size = { blocks: blocks + history.skip, intervalMs }
	return {
		row: 'tip',
		case: `after a sync of ${history.blocks} blocks a chain`,
		source: { ...source, blocks: history.blocks + size.blocks, history: history.blocks },
		measure: (input) => tip(input, { size, skip: history.skip }),
	}
}

function slowNode({ options }: RowContext, size: BlockByBlock, ms: number): Parameters<typeof inTurns>[1] {
	// Without messages the cross heads of a chain go with its local ones, and nodes are told of them.
	const shape = { executingShare: 0 }
	return {
		row: 'slow-node',
		case: ms === 0 ? 'both nodes fast' : `the other node ${ms} ms slow`,
		source: { kind: 'generated', chains: 2, blocks: size.blocks, logs: options.logs, shape },
		measure: (input) => tip(input, { size, chains: 1, request: { latenciesMs: { nodes: [0, ms] } } }),
	}
}

async function tip(input: RunInput, options: TipOptions): Promise<Measured> {
	const { size, request, hasBulkChain = false } = options
	const { loaded } = input.fakes
	const chainIds = loaded.cluster.chains.slice(0, options.chains ?? (hasBulkChain ? -1 : undefined))
	const pace = paceOf(size)
	const seconds = secondsFor(size)
	const goals = chainIds.flatMap((chainId): Goal[] => {
		const { crossUnsafe, crossSafe } = loaded.heads.get(chainId) ?? {}
		const unsafe: Goal = { chainId, kind: 'crossUnsafe', number: crossUnsafe?.number ?? 0 }
		// When L1 stands still, op-supervisor does not get to its end within the time.
		if (input.contestant.name !== 'vigil') return [unsafe]
		return [unsafe, { chainId, kind: 'crossSafe', number: crossSafe?.derived.number ?? 0 }]
	})
	const syncMs = await diskSyncMs(input.directory)
	return follow(input, { latencyMs: 0, ...request, pace }, async (follower) => {
		const problem = await problemOf(() => follower.reach(goals, seconds))
		const news = await follower.news()
		const between = hasBulkChain ? timeOfBulk(news, input) : timeAtTip(news, size, options.skip)
		const all = (from: 'unsafeBlock' | 'derived', to: 'crossUnsafe' | 'crossSafe') =>
			chainIds.flatMap((chainId) => delays(news.notes, chainId, { from, to, between }))
		return {
			figures: [
				...delayFigures('unsafeBlock until updateCrossUnsafe', all('unsafeBlock', 'crossUnsafe')),
				...delayFigures('derivationUpdate until updateCrossSafe', all('derived', 'crossSafe')),
				{ name: 'fdatasync of the disk, p50', value: syncMs, unit: 'ms' },
			],
			...(problem === undefined ? {} : { problem }),
		}
	})
}

/** What is late is a figure; what does not come in time is a problem, but leaves what came. */
async function problemOf(action: () => Promise<void>): Promise<string | undefined> {
	try {
		await action()
		return undefined
	} catch (error) {
		if (error instanceof DeadlineError) return error.message
		throw error
	}
}

function timeAtTip(
	{ firstEventNs = 0n }: NodeNews,
	{ intervalMs }: BlockByBlock,
	skip = SKIPPED_BLOCKS,
): Between {
	return {
		fromNs: firstEventNs + BigInt(skip * intervalMs) * 1_000_000n,
		toNs: process.hrtime.bigint(),
	}
}

/** From the announcement of the last block of the chain that was let loose, until it is cross-unsafe. */
function timeOfBulk({ notes }: NodeNews, { fakes: { loaded } }: RunInput): Between {
	const chainId = loaded.cluster.chains.at(-1)
	const last = chainId === undefined ? undefined : loaded.heads.get(chainId)?.localUnsafe?.number
	const timeOf = (kind: NoteKind) =>
		notes.find((note) => note.chainId === chainId && note.kind === kind && note.number === last)?.ns
	const now = process.hrtime.bigint()
	return { fromNs: timeOf('unsafeBlock') ?? now, toNs: timeOf('crossUnsafe') ?? now }
}
