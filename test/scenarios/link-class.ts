import type { DerivedBlockRefPair } from '../../src/protocol/block.js'
import type { ChainId } from '../../src/protocol/chain-id.js'
import type { Snapshot } from '../../src/storage/index.js'
import { judgeLink } from '../../src/supervisor/link-rules.js'

/** What becomes of a reported link: `append` is news for the store, `ok` a repeat, the others are refusals. */
export type LinkClass =
	| 'append'
	| 'ok'
	| 'ineffective'
	| 'conflict'
	| 'future'
	| 'outOfOrder'
	| 'awaitingReplacement'

/** Puts Vigil's judgement of a link into the classes of the recording. */
export function linkClass(view: Snapshot, chainId: ChainId, link: DerivedBlockRefPair): LinkClass {
	if (view.pendingInvalidation(chainId) !== undefined) return 'awaitingReplacement'
	const head = view.localSafeHead(chainId)
	const source = head && view.l1(head.source.number)
	if (head === undefined || source === undefined) return 'append'
	switch (judgeLink({ source, derived: head.derived }, link).kind) {
		case 'new-source':
		case 'new-derived':
			return 'append'
		case 'repeat':
			return 'ok'
		case 'traversed-again':
			return 'ineffective'
		case 'behind':
		case 'out-of-order':
			return 'outOfOrder'
		case 'gap':
			return 'future'
		case 'other-derived':
		case 'conflict':
			return 'conflict'
	}
}
