import type { Dashboard } from './dashboard.js'
import { lines, NO_IS_GOOD, stat, ZERO_IS_GOOD } from './panel.js'
import { of, ofChain, perHour, rate } from './queries.js'

/** Everything about one chain. */
export const chain: Dashboard = {
	name: 'chain',
	title: 'Chain',
	description: 'One chain in depth: heads, nodes, queues.',
	chains: 'one',
	hasNodes: true,
	rows: [
		{
			title: 'Now',
			panels: [
				stat(
					{
						title: 'Heads',
						description: 'Newest block of each level.',
						unit: 'none',
						width: 12,
						colors: [[null, 'text']],
					},
					ofChain('vigil_head_block_number'),
					'{{level}}',
				),
				stat(
					{
						title: 'Stopped',
						description: 'The chain waits for an operator: its log says why, and so does /readyz.',
						words: NO_IS_GOOD,
					},
					`max(${ofChain('vigil_chain_stopped')})`,
				),
				stat(
					{
						title: 'Disputed',
						description: 'Its nodes disagree on a local-safe block, so nothing of it is promoted.',
						words: NO_IS_GOOD,
					},
					`max(${ofChain('vigil_chain_disputed')})`,
				),
				stat(
					{
						title: 'Wait for replacement',
						description: 'Blocks that were found invalid and are not replaced yet.',
						colors: ZERO_IS_GOOD,
					},
					`sum(${ofChain('vigil_invalidated_blocks', 'state="pending"')})`,
				),
				stat(
					{
						title: 'Replaced so far',
						description: 'Blocks that were ever found invalid and were replaced.',
						colors: ZERO_IS_GOOD,
					},
					`sum(${ofChain('vigil_invalidated_blocks', 'state="replaced"')})`,
				),
			],
		},
		{
			title: 'Heads',
			panels: [
				lines(
					{ title: 'Age of heads', description: 'Now minus the time of the block.', unit: 's', width: 12 },
					[ofChain('vigil_head_lag_seconds'), '{{level}}'],
				),
				lines(
					{
						title: 'Blocks behind local-unsafe',
						description: 'How many blocks each level is behind.',
						width: 12,
					},
					[ofChain('vigil_head_lag_blocks'), '{{level}}'],
				),
				lines(
					{
						title: 'Head numbers',
						description: 'Lines that go down are reorgs; lines that stay level are stalls.',
						unit: 'none',
						width: 12,
					},
					[ofChain('vigil_head_block_number'), '{{level}}'],
				),
				lines(
					{
						title: 'Derivation behind L1',
						description:
							'L1 blocks between the tip and the block to which the node has moved. Not below the confirmation depth; growing is a node that does not derive.',
						width: 12,
					},
					[
						`max(${of('vigil_l1_tip_block_number')}) - min(${ofChain('vigil_derivation_origin_block_number')})`,
						'L1 blocks',
					],
				),
				lines(
					{
						title: 'Unsafe reorgs, in an hour',
						description: 'Reorgs of the local-unsafe chain, and the blocks that they took.',
						width: 12,
					},
					[perHour(ofChain('vigil_unsafe_reorg_depth_blocks_count')), 'reorgs'],
					[perHour(ofChain('vigil_unsafe_reorg_depth_blocks_sum')), 'blocks'],
				),
				lines(
					{
						title: 'Queues',
						description:
							'Events of its nodes that wait (from 1,024 on they are not read) and links that wait for the disk (from 4,096 on events wait).',
						width: 12,
					},
					[ofChain('vigil_chain_events_queued'), 'events'],
					[ofChain('vigil_chain_links_queued'), 'links'],
				),
			],
		},
		{
			title: 'Nodes',
			panels: [
				lines(
					{
						title: 'State of nodes',
						description:
							'1 for the state that the node is in. refused: JWT, chain or events have to be set right.',
					},
					[of('vigil_node_state', 'chain=~"$chain"', 'node=~"$node"'), '{{node}} {{state}}'],
				),
				lines({ title: 'Events', description: 'What its nodes tell, by kind.', unit: 'ops' }, [
					rate(of('vigil_node_events_total', 'node=~"$node"'), 'kind'),
					'{{kind}}',
				]),
				lines(
					{
						title: 'Losses and resets, in an hour',
						description:
							'Connections that were lost, resets that were started, and those that the node refused.',
					},
					[perHour(of('vigil_node_losses_total', 'node=~"$node"')), 'losses'],
					[perHour(of('vigil_node_resets_total', 'node=~"$node"')), 'resets'],
					[perHour(of('vigil_node_resets_refused_total', 'node=~"$node"'), 'reason'), 'refused: {{reason}}'],
				),
				lines({ title: 'Being reset', description: 'A reset is under way: events are ignored meanwhile.' }, [
					of('vigil_node_resetting', 'node=~"$node"'),
					'{{node}}',
				]),
				lines({ title: 'Calls', description: 'Calls of the main thread to its nodes.', unit: 'ops' }, [
					rate(of('vigil_node_calls_total', 'node=~"$node"'), 'method'),
					'{{method}}',
				]),
				lines(
					{
						title: 'Latency of calls, mean',
						description: 'Until the answer, waiting for its turn included.',
						unit: 's',
					},
					[
						`${rate(of('vigil_node_call_seconds_total', 'node=~"$node"'), 'method')} / ${rate(of('vigil_node_calls_total', 'node=~"$node"'), 'method')}`,
						'{{method}}',
					],
				),
			],
		},
		{
			title: 'Unsafe blocks routed',
			panels: [
				lines(
					{
						title: 'Behind the chain',
						description: 'Of nodes that are given unsafe blocks: blocks between their unsafe head and ours.',
					},
					[ofChain('vigil_unsafe_routing_lag_blocks'), '{{node}}'],
				),
				lines({ title: 'Payloads given', description: 'To each node, those again included.', unit: 'ops' }, [
					rate(ofChain('vigil_unsafe_routing_payloads_total'), 'node'),
					'{{node}}',
				]),
				lines(
					{
						title: 'State of nodes that are given blocks',
						description:
							'waiting: its head is not of our chain. down: it does not answer, or not as an op-node.',
					},
					[ofChain('vigil_unsafe_routing_state'), '{{node}} {{state}}'],
				),
			],
		},
	],
}
