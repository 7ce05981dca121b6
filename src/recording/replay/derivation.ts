import type { BlockRef } from '../../protocol/block.js'
import type { RecordedChain, RecordedL2Block } from '../recording.js'

/** Where a node's derivation stands. */
export interface DerivationPosition {
	readonly source: BlockRef
	readonly derived: RecordedL2Block
}

/**
 * What the recorded node derived, by content: at L1 block `source`, on top of L2 block `derived`, comes this block.
 * So it does not matter in which order a supervisor resets, replaces and provides: the same L1 on the same L2 gives
 * the same blocks, on every branch.
 */
export class RecordedDerivation {
	readonly #steps = new Map<string, RecordedL2Block>()

	constructor(chain: RecordedChain) {
		const blocks = new Map(chain.blocks.map((entry) => [entry.block.hash, entry]))
		for (const { source, derived } of chain.links) {
			const entry = blocks.get(derived.hash)
			if (entry !== undefined) this.#steps.set(key(source.hash, entry.block.parentHash), entry)
		}
	}

	next({ source, derived }: DerivationPosition): RecordedL2Block | undefined {
		return this.#steps.get(key(source.hash, derived.block.hash))
	}
}

function key(source: string, parent: string): string {
	return `${source}${parent}`
}
