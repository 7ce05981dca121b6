import { catchUp } from './catch-up.js'
import { allInTurns } from './catch-up-rows.js'
import type { Row } from './row.js'

/** op-supervisor ends itself at 10,000 queued events. */
const DERIVED_AT_ONCE = 12_000
const QUICK_DERIVED = 200
const LOGS = 20
const BLOCK_TIME_S = 2
const HUNG_NODE_MS = 9_000

/** What must not bring anything down, or slow down what has nothing to do with it. */
export const OVERLOAD_ROW: Row = {
	name: 'overload',
	title: 'a chain that derives faster than it is indexed; a node that takes 9 s an answer',
	run: ({ options, ...context }) => {
		const atOnce = options.quick ? QUICK_DERIVED : DERIVED_AT_ONCE
		const bulk = { kind: 'generated', chains: 2, blocks: options.blocks, logs: options.logs } as const
		const apart = { ...bulk, shape: { executingShare: 0 } }
		return allInTurns({ options, ...context }, [
			{
				...{ row: 'overload', case: `${atOnce} blocks of each of 2 chains derived from one L1 block` },
				source: {
					...{ kind: 'generated', chains: 2, blocks: atOnce, logs: LOGS },
					// All blocks have the origin 0 and come from L1 block 1.
					shape: { blockTime: BLOCK_TIME_S, l1BlockTime: BLOCK_TIME_S * (atOnce + 1), emptyL1Share: 0 },
				},
				measure: catchUp,
			},
			{
				...{ row: 'overload', case: 'one of 2 chains, both nodes fast', source: apart },
				measure: (input) => catchUp(input, { chains: 1 }),
			},
			{
				...{ row: 'overload', case: 'one of 2 chains, the other node takes 9 s an answer', source: apart },
				measure: (input) => catchUp(input, { chains: 1, latenciesMs: { nodes: [0, HUNG_NODE_MS] } }),
			},
		])
	},
}
