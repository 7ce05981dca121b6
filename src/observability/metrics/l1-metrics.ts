import { DEPTH_BLOCKS } from './buckets.js'
import type { MetricRegister } from './metric-register.js'

/** L1 as Vigil follows it. */
export function l1Metrics(register: MetricRegister) {
	const group = register.group('L1')
	return {
		tip: group.gauge('vigil_l1_tip_block_number', 'Newest L1 block'),
		tipTimestamp: group.gauge('vigil_l1_tip_timestamp_seconds', 'Time of the newest L1 block, since 1970'),
		tipLag: group.gauge('vigil_l1_tip_lag_seconds', 'Age of the newest L1 block'),
		finalized: group.gauge('vigil_l1_finalized_block_number', 'Newest L1 block that is final here'),
		finalizedLagBlocks: group.gauge(
			'vigil_l1_finalized_lag_blocks',
			'L1 blocks from the finalized one up to the tip',
		),
		finalizedLagSeconds: group.gauge('vigil_l1_finalized_lag_seconds', 'Age of the finalized L1 block'),
		followed: group.gauge('vigil_l1_followed', 'Whether an L1 endpoint answers'),
		held: group.gauge(
			'vigil_l1_held',
			'Whether no L1 block is given to nodes, because L1 contradicts what is stored',
		),
		waiting: group.gauge('vigil_l1_waiting_nodes', 'Nodes that wait for their next L1 block'),
		reorgDepth: group.histogram(
			'vigil_l1_reorg_depth_blocks',
			'Reorgs of the L1 tip by the number of blocks that went, as far as their headers were known',
			DEPTH_BLOCKS,
		),
		cutDepth: group.histogram(
			'vigil_l1_cut_depth_blocks',
			'Cuts of the stored L1, and of all chains with it, after a reorg deeper than the confirmation depth, by the number of L1 blocks that went',
			DEPTH_BLOCKS,
		),
	}
}

export type L1Metrics = ReturnType<typeof l1Metrics>
