import type { GeneratedSource } from '../fake-cluster-messages.js'
import { catchUp } from './catch-up.js'
import type { Measurement } from './measurement.js'
import { inTurns, type Row, type RowCase, type RowContext } from './row.js'

/** Added to each answer of L1 and nodes. */
const LATENCIES_MS = [5, 20, 100]
const CHAIN_COUNTS = [1, 2, 4, 8]
const THREAD_COUNTS = [1, 2, 4]
const SMALL = { blocks: 5_000, logs: 5 }
const LARGE = { blocks: 30, logs: 5_000 }
const QUICK_SMALL = { blocks: 60, logs: 5 }
const QUICK_LARGE = { blocks: 3, logs: 200 }

/** Rows in which a cluster is followed from genesis to its heads, as fast as it goes. */
export const CATCH_UP_ROWS: readonly Row[] = [
	{
		name: 'bulk',
		title: 'from genesis to the heads, 2 % of the logs execute messages',
		run: (context) =>
			inTurns(context, { row: 'bulk', case: 'no latency', source: bulk(context), measure: catchUp }),
	},
	{
		name: 'latency',
		title: 'the same with time added to each answer of L1 and of the nodes',
		run: (context) =>
			allInTurns(
				context,
				LATENCIES_MS.map((latencyMs) => ({
					...{ row: 'latency', case: `${latencyMs} ms`, source: bulk(context) },
					measure: (input) => catchUp(input, { latencyMs }),
				})),
			),
	},
	{
		name: 'small-blocks',
		title: '2 chains of blocks of 5 logs',
		run: (context) => {
			const size = context.options.quick ? QUICK_SMALL : SMALL
			const source = { ...generated(2), ...size }
			const named = `2 x ${size.blocks} blocks`
			return inTurns(context, { row: 'small-blocks', case: named, source, measure: catchUp })
		},
	},
	{
		name: 'large-blocks',
		title: '2 chains of blocks of 5,000 logs, which execute messages or do not',
		run: (context) => {
			const size = context.options.quick ? QUICK_LARGE : LARGE
			return allInTurns(
				context,
				[0.02, 0].map((executingShare) => ({
					row: 'large-blocks',
					case: executingShare === 0 ? 'no messages' : `${executingShare * 100} % messages`,
					source: { ...generated(2), ...size, shape: { executingShare } },
					measure: catchUp,
				})),
			)
		},
	},
	{
		name: 'mixed-sizes',
		title: 'as bulk, with any number of logs up to twice the average',
		run: (context) => {
			const source = { ...bulk(context), shape: { logSpread: 1 } }
			return inTurns(context, { row: 'mixed-sizes', case: 'no latency', source, measure: catchUp })
		},
	},
	{
		name: 'chains',
		title: 'as many blocks as in bulk, spread over more or fewer chains',
		run: (context) => {
			const { blocks, logs, chains } = context.options
			return allInTurns(
				context,
				CHAIN_COUNTS.map((count) => ({
					...{ row: 'chains', case: `${count}` },
					source: { ...generated(count), blocks: Math.ceil((blocks * chains) / count), logs },
					measure: catchUp,
				})),
			)
		},
	},
	{
		name: 'threads',
		title: 'as bulk, with more or fewer index threads',
		run: (context) =>
			allInTurns(
				context,
				THREAD_COUNTS.map((threads) => ({
					...{ row: 'threads', case: `${threads}`, source: bulk(context), vigilOnly: true },
					measure: (input) => catchUp(input, { threads }),
				})),
			),
	},
]

/** One case after the other. */
export async function allInTurns(context: RowContext, cases: readonly RowCase[]): Promise<Measurement[]> {
	const all: Measurement[] = []
	for (const rowCase of cases) all.push(...(await inTurns(context, rowCase)))
	return all
}

function bulk({ options: { chains, blocks, logs } }: RowContext): GeneratedSource {
	return { kind: 'generated', chains, blocks, logs }
}

function generated(chains: number): { readonly kind: 'generated'; readonly chains: number } {
	return { kind: 'generated', chains }
}
