import type { Dashboard } from './dashboard.js'
import { lines, NO_IS_GOOD, stat, ZERO_IS_GOOD } from './panel.js'
import { of, ofChain, perHour, quantile, rate } from './queries.js'

const ROUND = 'vigil_promotion_round_duration_seconds'
const COMMIT = 'vigil_storage_transaction_duration_seconds'
const BY_SAFETY = { matchers: ['writer="cross-safety"'] }

/** Whether promotions get on, and what goes back. */
export const crossSafety: Dashboard = {
	name: 'cross-safety',
	title: 'Cross-safety',
	description: 'Whether blocks are promoted, how far that is behind, and what was found invalid.',
	chains: 'any',
	rows: [
		{
			title: 'Now',
			panels: [
				stat(
					{
						title: 'Failsafe',
						description: 'All access lists are refused while it is on.',
						words: NO_IS_GOOD,
						width: 4,
					},
					`max(${of('vigil_failsafe')})`,
				),
				stat(
					{
						title: 'Invalid blocks, 1 h',
						description: 'Blocks that were found invalid. Each is a bug or an attack: see the runbook.',
						colors: ZERO_IS_GOOD,
						width: 4,
					},
					perHour(ofChain('vigil_invalidations_total')),
				),
				stat(
					{
						title: 'Wait for replacement',
						description:
							'Invalid blocks that their nodes have not replaced yet: the chain does not get on meanwhile.',
						colors: ZERO_IS_GOOD,
						width: 4,
					},
					`sum(${ofChain('vigil_invalidated_blocks', 'state="pending"')})`,
				),
				stat(
					{
						title: 'Disputed chains',
						description: 'Chains whose nodes disagree on a local-safe block: they are not promoted.',
						colors: ZERO_IS_GOOD,
						width: 4,
					},
					`sum(${ofChain('vigil_chain_disputed')})`,
				),
				stat(
					{
						title: 'Failed rounds, 1 h',
						description:
							'Rounds that failed and are tried again: a full disk, or damaged data. The log says which.',
						colors: ZERO_IS_GOOD,
						width: 4,
					},
					perHour(of('vigil_promotion_failures_total')),
				),
				stat(
					{
						title: 'Cuts, 1 h',
						description: 'Times that something was cut from the store: reorgs, invalidations, replacements.',
						colors: [[null, 'text']],
						width: 4,
					},
					perHour(of('vigil_store_cuts_total')),
				),
			],
		},
		{
			title: 'Lag',
			panels: [
				lines(
					{
						title: 'Cross-safe behind local-safe',
						description:
							'Seconds of chain time. 0, but for a chain that waits for the batches of another one.',
						unit: 's',
						width: 12,
					},
					[
						`${ofChain('vigil_head_timestamp_seconds', 'level="local-safe"')} - ignoring(level) ${ofChain('vigil_head_timestamp_seconds', 'level="cross-safe"')}`,
						'{{chain}}',
					],
				),
				lines(
					{
						title: 'Cross-unsafe behind local-unsafe',
						description:
							'Seconds of chain time. 0 or one block, but for a message of a chain that is behind.',
						unit: 's',
						width: 12,
					},
					[
						`${ofChain('vigil_head_timestamp_seconds', 'level="local-unsafe"')} - ignoring(level) ${ofChain('vigil_head_timestamp_seconds', 'level="cross-unsafe"')}`,
						'{{chain}}',
					],
				),
			],
		},
		{
			title: 'Work',
			panels: [
				lines(
					{
						title: 'Promotions',
						description:
							'cross-safe: blocks, and steps to the next L1 block; cross-unsafe: moves of the head.',
						unit: 'ops',
					},
					[rate(of('vigil_promotions_total'), 'level'), '{{level}}'],
				),
				lines(
					{
						title: 'Rounds',
						description:
							'Rounds of verification, and those whose promotions were void because something was cut.',
						unit: 'ops',
					},
					[rate(of('vigil_promotion_rounds_total')), 'rounds'],
					[rate(of('vigil_promotions_discarded_total')), 'discarded'],
				),
				lines(
					{
						title: 'Messages to verify',
						description: 'Executing messages that come in: each is verified twice, for unsafe and for safe.',
						unit: 'ops',
					},
					[rate(ofChain('vigil_indexed_executing_messages_total'), 'chain'), '{{chain}}'],
				),
				lines(
					{
						title: 'Time of a round',
						description: 'Of rounds that promoted something, at most 2,000 steps.',
						unit: 's',
					},
					[quantile(0.5, ROUND), 'p50'],
					[quantile(0.99, ROUND), 'p99'],
				),
				lines(
					{
						title: 'Time of a commit',
						description: 'Transactions of the cross-safety thread until durable.',
						unit: 's',
					},
					[quantile(0.5, COMMIT, BY_SAFETY), 'p50'],
					[quantile(0.99, COMMIT, BY_SAFETY), 'p99'],
				),
				lines(
					{
						title: 'Cross-safety thread',
						description: 'How busy it is: 1 is a core in full use, and lags will grow.',
						unit: 'percentunit',
					},
					[rate(of('vigil_thread_active_seconds_total', 'thread="cross-safety"')), 'busy'],
				),
			],
		},
		{
			title: 'What goes back',
			panels: [
				lines(
					{
						title: 'Invalidated blocks',
						description:
							'All that there ever were, by state, as the store has it; an L1 reorg can take an invalidation back.',
					},
					[`sum by (chain, state) (${ofChain('vigil_invalidated_blocks')})`, '{{chain}} {{state}}'],
				),
				lines({ title: 'Blocks of unsafe reorgs, in an hour', description: 'By chain.' }, [
					perHour(ofChain('vigil_unsafe_reorg_depth_blocks_sum'), 'chain'),
					'{{chain}}',
				]),
				lines(
					{
						title: 'L1 reorgs, in an hour',
						description:
							'How many, how many blocks they took, and how many stored L1 blocks were cut with all chains, which takes one deeper than the confirmation depth.',
					},
					[perHour(of('vigil_l1_reorg_depth_blocks_count')), 'reorgs'],
					[perHour(of('vigil_l1_reorg_depth_blocks_sum')), 'blocks'],
					[perHour(of('vigil_l1_cut_depth_blocks_sum')), 'stored blocks'],
				),
			],
		},
	],
}
