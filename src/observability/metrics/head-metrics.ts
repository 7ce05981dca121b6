import type { MetricRegister } from './metric-register.js'

/** How far each chain is, and how far it is behind. */
export function headMetrics(register: MetricRegister) {
	const group = register.group('Heads')
	const labels = ['chain', 'level'] as const
	return {
		number: group.gauge(
			'vigil_head_block_number',
			'Newest block of a chain by level: local-unsafe, cross-unsafe, local-safe, cross-safe, finalized',
			labels,
		),
		timestamp: group.gauge('vigil_head_timestamp_seconds', 'Time of that block, since 1970', labels),
		lagBlocks: group.gauge(
			'vigil_head_lag_blocks',
			'Blocks from there up to the local-unsafe head; that one is 0',
			labels,
		),
		lagSeconds: group.gauge('vigil_head_lag_seconds', 'Age of that block', labels),
		firstKeptAge: group.gauge(
			'vigil_first_kept_age_seconds',
			'Age of the block from which on all are there: the first one of the chain, or the first that retention has kept',
			['chain'],
		),
		derivationOrigin: group.gauge(
			'vigil_derivation_origin_block_number',
			'L1 block to which the node of the chain has moved last',
			['chain'],
		),
		stopped: group.gauge('vigil_chain_stopped', 'Whether the chain waits for an operator', ['chain']),
		disputed: group.gauge(
			'vigil_chain_disputed',
			'Whether the nodes of the chain disagree on a local-safe block, so that it is not promoted',
			['chain'],
		),
		eventsQueued: group.gauge('vigil_chain_events_queued', 'Events of its nodes that wait', ['chain']),
		linksQueued: group.gauge('vigil_chain_links_queued', 'Derivation links that wait for the disk', [
			'chain',
		]),
		ready: group.gauge('vigil_ready', 'Whether /readyz says that this process is fit to serve'),
	}
}

export type HeadMetrics = ReturnType<typeof headMetrics>
