import type { ChainId } from '../protocol/chain-id.js'

/** What must hold in every store at every instant, by the name under which a fault is reported. */
export const INVARIANTS = {
	readable: 'every row and every log record can be decoded, and its checksums match',
	genesis: 'a log index that begins at genesis begins with the configured block',
	'l1-chain': 'L1 blocks stored next to each other are parent and child, and the child is later',
	'finalized-l1': 'the finalized L1 block is on the stored L1 chain',
	'log-index':
		'the local-unsafe chain has no holes but the one that retention leaves above its first block, and each block is the later child of the one before it',
	'log-record':
		'each of its blocks but the first has its log record, with the same parent, time and log count',
	'local-safe': 'the local-safe chain has no holes, and each block is the later child of the one before it',
	sources:
		'the sources of a chain have no holes, are on the stored L1 chain and complete but the last, which ends at the local-safe head',
	'cross-safe': 'the cross-safe chain has no holes, and each block is local-safe and the indexed one',
	scopes:
		'no block is cross-safe before its source, scopes do not go back, and each scope names its last cross-safe block',
	'cross-safe-message':
		'every message that a cross-safe block executes is in a block that is derived within its scope, and not later',
	'cross-unsafe-message': 'every message that a cross-unsafe block executes is in the log index',
	heads: 'cross-safe is not above local-safe or cross-unsafe, and cross-unsafe is in the log index',
	invalidated:
		'an invalidated block stands nowhere, its replacement in its place, and at most the last one of a chain waits for it',
} as const

export type InvariantName = keyof typeof INVARIANTS

/** One place where an invariant does not hold. */
export interface Fault {
	readonly invariant: InvariantName
	/** Null for L1 and what belongs to the whole cluster. */
	readonly chainId: ChainId | null
	/** Number of the block, of L1 where `chainId` is null or the invariant is about sources and scopes. */
	readonly block: number | null
	readonly detail: string
}
