import type { BlockRef, DerivedBlockRefPair } from '../protocol/block.js'
import { formatBlock } from '../protocol/block.js'

/** How a reported link stands to the last link of the chain. */
export type LinkVerdict =
	/** The last link again. */
	| { readonly kind: 'repeat' }
	/** The next L1 block, with the same L2 block. */
	| { readonly kind: 'new-source' }
	/** The next L2 block, from the same L1 block. */
	| { readonly kind: 'new-derived' }
	/** The last L2 block over an older L1 block: the node walks again after a reset. */
	| { readonly kind: 'traversed-again' }
	/** An L2 block below the last one: a late node, or a conflict. The store knows. */
	| { readonly kind: 'behind' }
	/** Another block in the place of the last one. */
	| { readonly kind: 'other-derived' }
	| { readonly kind: 'conflict' | 'gap' | 'out-of-order'; readonly detail: string }

/**
 * Judges a link on top of the last one (protocol notes, "Adding to local-safe" and "What recordings of op-node
 * show"). One step advances either the L1 or the L2 block, never both.
 */
export function judgeLink(last: DerivedBlockRefPair, link: DerivedBlockRefPair): LinkVerdict {
	const source = step(last.source, link.source)
	const derived = step(last.derived, link.derived)
	if (derived === 'behind') return { kind: 'behind' }
	if (derived === 'other' && link.derived.number === last.derived.number) return { kind: 'other-derived' }
	if (derived === 'other') {
		return {
			kind: 'conflict',
			detail: `derived ${formatBlock(link.derived)} does not fit ${formatBlock(last.derived)}`,
		}
	}
	if (derived === 'ahead') {
		return {
			kind: 'gap',
			detail: `derived ${formatBlock(link.derived)} comes after ${formatBlock(last.derived)}`,
		}
	}
	if (derived === 'next' && link.derived.timestamp <= last.derived.timestamp) {
		return { kind: 'conflict', detail: `derived ${formatBlock(link.derived)} is not later than its parent` }
	}
	if (source === 'other') {
		return {
			kind: 'conflict',
			detail: `source ${formatBlock(link.source)} does not fit ${formatBlock(last.source)}`,
		}
	}
	if (source === 'ahead') {
		return {
			kind: 'gap',
			detail: `source ${formatBlock(link.source)} comes after ${formatBlock(last.source)}`,
		}
	}
	if (source === 'behind') {
		return derived === 'same'
			? { kind: 'traversed-again' }
			: {
					kind: 'out-of-order',
					detail: `source ${formatBlock(link.source)} is older than ${formatBlock(last.source)}`,
				}
	}
	if (source === 'next') {
		return derived === 'same'
			? { kind: 'new-source' }
			: { kind: 'out-of-order', detail: 'source and derived block advance in one step' }
	}
	return derived === 'same' ? { kind: 'repeat' } : { kind: 'new-derived' }
}

function step(last: BlockRef, next: BlockRef): 'same' | 'next' | 'behind' | 'ahead' | 'other' {
	if (next.number < last.number) return 'behind'
	if (next.number === last.number) return next.hash === last.hash ? 'same' : 'other'
	if (next.number > last.number + 1) return 'ahead'
	return next.parentHash === last.hash ? 'next' : 'other'
}
