import type { BlockRef } from '../../protocol/block.js'
import type { PoliteRpc } from './polite-rpc.js'
import { BlockNotThereError, RecordSpanError } from './record-errors.js'
import { blockRefAt } from './record-source.js'

/** Block numbers, both included. */
export interface Span {
	readonly from: number
	readonly to: number
}

/**
 * The blocks of a chain from time `from` to time `to`, both included, which is what is recorded of every chain but the first.
 * Block 0 is never part of it: it has no L1 attributes.
 * @throws RecordSpanError if there are fewer than two; RecordingError
 */
export async function findSpan(rpc: PoliteRpc, from: number, to: number): Promise<Span> {
	const tip = await blockRefAt(rpc, 'latest')
	if (tip === undefined) throw new BlockNotThereError(rpc.name, 0)
	if (tip.timestamp < to) {
		throw new RecordSpanError(
			`${rpc.name} has reached time ${tip.timestamp} only, the last block of the first chain is of ${to}; ask for older blocks`,
		)
	}
	const first = await firstAtOrAfter(rpc, from, tip)
	const after = await firstAtOrAfter(rpc, to + 1, tip)
	if (after - first < 2) throw new RecordSpanError(`${rpc.name} has fewer than two blocks in this time`)
	return { from: first, to: after - 1 }
}

/** The number of the first block of this time or later; the one behind `tip` if it is none. */
async function firstAtOrAfter(rpc: PoliteRpc, timestamp: number, tip: BlockRef): Promise<number> {
	let low = 1
	let high = tip.number + 1
	while (low < high) {
		const middle = Math.floor((low + high) / 2)
		const block = middle === tip.number ? tip : await blockRefAt(rpc, middle)
		if (block === undefined) throw new BlockNotThereError(rpc.name, middle)
		if (block.timestamp >= timestamp) high = middle
		else low = middle + 1
	}
	return low
}
