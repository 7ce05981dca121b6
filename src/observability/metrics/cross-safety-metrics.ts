import { DEPTH_BLOCKS, SHORT_SECONDS } from './buckets.js'
import type { MetricRegister } from './metric-register.js'

/** Promotions, and what goes back. */
export function crossSafetyMetrics(register: MetricRegister) {
	const group = register.group('Cross-safety')
	return {
		promotions: group.counter(
			'vigil_promotions_total',
			'Promotions by level: cross-safe (blocks, and steps of the scope), cross-unsafe (moves of the head)',
			['level'],
		),
		discarded: group.counter(
			'vigil_promotions_discarded_total',
			'Rounds whose promotions were void, because something was cut meanwhile',
		),
		rounds: group.counter('vigil_promotion_rounds_total', 'Rounds of verification'),
		roundSeconds: group.histogram(
			'vigil_promotion_round_duration_seconds',
			'Time of a round that promoted something, its commit not included',
			SHORT_SECONDS,
		),
		troubles: group.counter('vigil_promotion_failures_total', 'Rounds that failed and are tried again'),
		invalidations: group.counter('vigil_invalidations_total', 'Blocks that were found invalid', ['chain']),
		invalidated: group.gauge(
			'vigil_invalidated_blocks',
			'Blocks that were ever found invalid, by state: pending (waits for its replacement) or replaced',
			['chain', 'state'],
		),
		failsafe: group.gauge('vigil_failsafe', 'Whether failsafe is on: all access lists are refused'),
		cuts: group.counter(
			'vigil_store_cuts_total',
			'Times that something was cut from the store (reorgs, invalidations, replacements), kept over restarts',
		),
		unsafeReorgDepth: group.histogram(
			'vigil_unsafe_reorg_depth_blocks',
			'Reorgs of the local-unsafe chain by the number of blocks that went',
			DEPTH_BLOCKS,
			['chain'],
		),
	}
}

export type CrossSafetyMetrics = ReturnType<typeof crossSafetyMetrics>
