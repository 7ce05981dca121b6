import { bytesToHash } from '../protocol/hash.js'
import { numberKey, readUint64 } from './keys.js'
import type { Snapshot } from './snapshot.js'
import type { SweepMark } from './state-table.js'
import type { ChainTables, Tables } from './tables.js'
import type { View } from './view.js'

export interface SweepOptions {
	/** Block number to begin at. */
	readonly from: number
	/** Records that are looked at, at most (all of one block number are looked at together). */
	readonly limit: number
}

export interface Swept {
	readonly removed: number
	/** Block number at which the next call begins; undefined: the sweep is at its end. */
	readonly next: number | undefined
}

/**
 * Remembers for every chain up to where log records are superfluous. They are swept later, because a snapshot of the
 * tables may read records that only its own rows name.
 */
export function markSweep(tables: Tables, view: View, now: number): void {
	for (const chainId of tables.chains.keys()) {
		const firstKept = view.firstKept(chainId)
		const final = view.finalized(chainId)
		if (firstKept === undefined || final === undefined) continue
		const anchor = view.anchor(chainId)?.number ?? firstKept.number
		// Nothing is below an anchor.
		const below = firstKept.number > anchor ? firstKept.number : 0
		tables.state.put(`sweep/${chainId}`, { at: now, firstKept: below, final: final.number })
	}
}

/**
 * Removes log records below the first kept block, and above it, as far as the index is final, those of blocks that lost
 * their place. LMDB's own thread writes: main does not wait for index workers that hold the lock of the environment.
 */
export async function sweepLogs(
	chain: ChainTables,
	snapshot: () => Snapshot,
	mark: SweepMark,
	{ from, limit }: SweepOptions,
): Promise<Swept> {
	const doomed: Buffer[] = []
	let seen = 0
	let last = from
	let next: number | undefined
	const view = snapshot()
	try {
		chain.logs.resetReadTxn()
		for (const found of chain.logs.getKeys({ start: numberKey(from), end: numberKey(mark.final + 1) })) {
			const key = Buffer.from(found)
			const number = readUint64(key, 0)
			if (seen >= limit && number > last) {
				next = number
				break
			}
			seen++
			last = number
			if (isSuperfluous(view, chain, mark, number, key)) doomed.push(key)
		}
	} finally {
		view.done()
	}
	await Promise.all(doomed.map((key) => chain.logs.remove(key)))
	return { removed: doomed.length, next }
}

function isSuperfluous(
	view: View,
	chain: ChainTables,
	mark: SweepMark,
	number: number,
	key: Buffer,
): boolean {
	if (number < mark.firstKept) return true
	const canonical = view.canonical(chain.chainId, number)
	// An index that lost its end is fetched again, and may need what is there.
	return canonical !== undefined && canonical.hash !== bytesToHash(key, 8)
}
