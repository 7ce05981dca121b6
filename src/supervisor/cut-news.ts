import { isDeepStrictEqual } from 'node:util'
import type { Cut, CutId, CutNews, ReadLevel } from '../api/cluster-reads.js'
import { blockId } from '../protocol/block.js'
import { DataCorruptionError, ProtocolError } from '../protocol/errors.js'
import type { View } from '../storage/index.js'
import { cutOf, hasL1, holds } from './cluster-cut.js'
import type { Rollups } from './super-root-view.js'

/** Who looks seldom, or comes after a long sync, is told the newest ones only. */
const MAX_CUTS = 64

/**
 * What is new of a level since the cuts that were told last: whether they still hold, and the cuts that came after the
 * newest one that does, in order. Levels that come from L1 have a cut for each L1 block, of others the newest counts.
 */
export function newsOf(
	view: View,
	rollups: Rollups,
	level: ReadLevel,
	told: readonly Cut[],
): readonly CutNews[] {
	const last = told.at(-1)
	const common = told.findLast((cut) => holds(view, rollups, cut, { level }))
	const news: CutNews[] = []
	if (last !== undefined && common !== last)
		news.push({ kind: 'reorg', level, dropped: cutId(last), common: common && cutId(common) })
	const newest = cutIfAny(view, rollups, { level })
	if (newest === undefined || isDeepStrictEqual(newest, common)) return news
	for (const cut of between(view, rollups, common, newest)) news.push({ kind: 'cut', cut })
	return news
}

/** The cuts above one up to another, as far as they stand. */
function* between(view: View, rollups: Rollups, common: Cut | undefined, newest: Cut): Generator<Cut> {
	const { level, l1: to } = newest
	const from = common?.l1
	if (common !== undefined && newest.timestamp < common.timestamp) return
	if (hasL1(level) && from !== undefined && to !== undefined)
		for (let number = Math.max(from.number + 1, to.number - MAX_CUTS); number < to.number; number++) {
			const cut = cutIfAny(view, rollups, { level, l1: { number } })
			if (cut !== undefined) yield cut
		}
	yield newest
}

/** Undefined while a chain is not so far. */
function cutIfAny(view: View, rollups: Rollups, selector: Parameters<typeof cutOf>[2]): Cut | undefined {
	try {
		return cutOf(view, rollups, selector)
	} catch (error) {
		if (error instanceof ProtocolError && !(error instanceof DataCorruptionError)) return undefined
		throw error
	}
}

function cutId({ l1, timestamp }: Cut): CutId {
	return { l1: l1 && blockId(l1), timestamp }
}
