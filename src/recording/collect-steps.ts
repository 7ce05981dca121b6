import type { BlockId, BlockRef } from '../protocol/block.js'
import type { Hash } from '../protocol/hash.js'
import type { RecordedLink, RecordedPair } from './recording.js'
import { readPair } from './recording-line.js'
import type { ScenarioChain } from './scenario-folder.js'

/** Lost events can leave a gap in the transcript; a longer way back than this is no gap but another branch. */
const MAX_GAP = 1000

/**
 * Finds in a transcript from which L1 block each L2 block was first derived. After a reset a node repeats the block
 * that it stands at over old L1 blocks; such repeats are no steps. Before activation a node tells where it stands
 * only with `exhaustL1`, so these count as well.
 *
 * @param blockOf looks a recorded block up; links of others are left out.
 */
export function collectSteps(
	chain: ScenarioChain,
	blockOf: (hash: Hash) => BlockRef | undefined,
): RecordedLink[] {
	const steps = new Map<string, RecordedLink>()
	let at: RecordedPair | undefined
	for (const { t, event } of chain.events) {
		for (const name of ['derivationUpdate', 'exhaustL1'] as const) {
			if (event[name] === undefined) continue
			const { source, derived } = readPair(event[name], name)
			if (at !== undefined && follows(at.source, source) && derived.number > at.derived.number) {
				for (const block of pathBetween(at.derived, derived, blockOf)) {
					// One child of a parent per source: the newest, if a node changed its mind.
					steps.set(`${source.hash} ${block.parentHash}`, {
						t,
						source,
						derived: { hash: block.hash, number: block.number },
					})
				}
			}
			at = { source, derived }
		}
	}
	return [...steps.values()]
}

/** Derivation goes on at the same L1 block or at the next; everything else is a jump after a reset. */
function follows(last: BlockId, next: BlockId): boolean {
	return next.number === last.number + 1 || (next.number === last.number && next.hash === last.hash)
}

/** The blocks above `from` up to `to`, ascending; none if `to` does not build on `from`. */
function pathBetween(from: BlockId, to: BlockId, blockOf: (hash: Hash) => BlockRef | undefined): BlockRef[] {
	const path: BlockRef[] = []
	for (let block = blockOf(to.hash); block !== undefined && path.length < MAX_GAP; ) {
		path.push(block)
		if (block.parentHash === from.hash) return path.reverse()
		if (block.number <= from.number + 1) return []
		block = blockOf(block.parentHash)
	}
	return []
}
