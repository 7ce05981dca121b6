import type { BlockId } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import type { SafetyLevel } from '../protocol/safety-level.js'

/** A head moved, forwards or back. No block: the chain has none of that level any more. */
export interface HeadChange {
	readonly kind: 'heads'
	readonly chainId: ChainId
	readonly level: SafetyLevel
	readonly block: BlockId | undefined
}

/** A block was found invalid, was replaced, or is not invalid any more because L1 was reorganised. */
export interface Invalidation {
	readonly kind: 'invalidations'
	readonly chainId: ChainId
	readonly block: BlockId
	/** The rule that it broke, in words. */
	readonly reason: string
	readonly replacement: BlockId | undefined
	readonly state: 'invalid' | 'replaced' | 'withdrawn'
}

/** Failsafe was turned on or off. */
export interface FailsafeChange {
	readonly kind: 'failsafe'
	readonly enabled: boolean
}

/** Something moved from which cuts of the cluster follow, and perhaps no head. */
export interface ProgressChange {
	readonly kind: 'progress'
}

export type ClusterChange = HeadChange | Invalidation | FailsafeChange | ProgressChange

/** Everything that subscribers hear of, at one moment. */
export interface ClusterState {
	/** Raised by every cut; invalidations change only with it. */
	readonly generation: number
	readonly failsafe: boolean
	readonly heads: ReadonlyMap<ChainId, ReadonlyMap<SafetyLevel, BlockId>>
	/** Changes with each L1 block that is done. */
	readonly progress: string
}

/** An invalid block as it is known now. */
export type KnownInvalidation = Omit<Invalidation, 'kind'>

/** The changes of heads and failsafe between two states; from undefined: what is. */
export function changesBetween(before: ClusterState | undefined, now: ClusterState): ClusterChange[] {
	const changes: ClusterChange[] = []
	for (const [chainId, levels] of now.heads) {
		const old = before?.heads.get(chainId)
		for (const [level, block] of levels)
			if (old?.get(level)?.hash !== block.hash) changes.push({ kind: 'heads', chainId, level, block })
		for (const level of old?.keys() ?? [])
			if (!levels.has(level)) changes.push({ kind: 'heads', chainId, level, block: undefined })
	}
	if (before !== undefined && before.progress !== now.progress) changes.push({ kind: 'progress' })
	if (before?.failsafe !== now.failsafe) changes.push({ kind: 'failsafe', enabled: now.failsafe })
	return changes
}

/** What became of invalid blocks between two looks. */
export function invalidationsBetween(
	before: readonly KnownInvalidation[],
	now: readonly KnownInvalidation[],
): Invalidation[] {
	const key = ({ chainId, block }: KnownInvalidation) => `${chainId} ${block.hash}`
	const old = new Map(before.map((one) => [key(one), one]))
	const left = new Set(now.map(key))
	const news = now.filter((one) => old.get(key(one))?.state !== one.state)
	const gone = before.filter((one) => !left.has(key(one)))
	return [
		...gone.map((one): Invalidation => ({ kind: 'invalidations', ...one, state: 'withdrawn' })),
		...news.map((one): Invalidation => ({ kind: 'invalidations', ...one })),
	]
}
