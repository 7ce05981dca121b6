import type { BlockRef } from '../protocol/block.js'
import type { HeaderCache } from './header-cache.js'
import { L1BlockMissingError, L1ContradictionError, L1ViewsDifferError } from './l1-errors.js'
import type { L1Source } from './l1-source.js'

/** Reads of a walk double up to this many headers, so that a deep reorg costs few round trips. */
const MAX_STEP = 64

export interface CommonAncestor {
	/** The highest block that the known chain and the new branch share. */
	readonly common: BlockRef
	/** The new branch above it, descending from `head`; it may go on below `common`. */
	readonly branch: readonly BlockRef[]
}

/**
 * Walks back from `head`, which the known chain does not contain, to the block where it branched off.
 *
 * Where blocks below a contradicted one are not known, the ancestor is the branch's own block there, because
 * nothing known speaks against it; the walk goes on all the same until it meets a known block, or `finalized`, or
 * is below `floor`.
 * @throws L1ViewsDifferError if the answers do not link to each other
 * @throws L1BlockMissingError if L1 has no block where the branch needs one
 * @throws L1ContradictionError if the branch leaves the known chain below `finalized`
 */
export async function findCommon(
	head: BlockRef,
	floor: number,
	finalized: BlockRef | undefined,
	modules: { source: L1Source; cache: HeaderCache },
): Promise<CommonAncestor> {
	const { source, cache } = modules
	if (finalized !== undefined && head.number <= finalized.number) {
		throw new L1ContradictionError(finalized, head, 'reorg below finality')
	}
	const branch: BlockRef[] = [head]
	const fetched = new Map<number, BlockRef | undefined>()
	let child = head
	let step = 1
	let unopposed: BlockRef | undefined
	for (;;) {
		const number = child.number - 1
		const known = number === finalized?.number ? finalized : cache.get(number)
		if (known !== undefined && known.hash === child.parentHash) return { common: unopposed ?? known, branch }
		if (number < 0) {
			throw new L1ContradictionError(cache.get(0) ?? child, child, 'reorg below finality')
		}
		if (!fetched.has(number)) {
			const from = Math.max(0, finalized?.number ?? 0, number - step + 1)
			const headers = await source.byNumbers(Math.min(from, number), number)
			headers.forEach((header, index) => {
				fetched.set(Math.min(from, number) + index, header)
			})
			step = Math.min(step * 2, MAX_STEP)
		}
		const header = fetched.get(number)
		if (header === undefined) throw new L1BlockMissingError(number)
		if (header.hash !== child.parentHash) {
			throw new L1ViewsDifferError(number, `${header.hash} is not the parent of ${child.hash}`)
		}
		if (finalized !== undefined && number <= finalized.number) {
			throw new L1ContradictionError(finalized, header, 'reorg below finality')
		}
		unopposed = known === undefined ? (unopposed ?? header) : undefined
		if (number < floor) return { common: unopposed ?? header, branch }
		branch.push(header)
		child = header
	}
}
