import type { BlockRef } from '../../protocol/block.js'

/** The four members of a block ref, without those that only L2 refs have. */
export function plainRef({ hash, number, parentHash, timestamp }: BlockRef): BlockRef {
	return { hash, number, parentHash, timestamp }
}
