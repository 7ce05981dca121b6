import type { BlockId } from '../protocol/block.js'
import { type ChainId, formatChainId } from '../protocol/chain-id.js'
import { encodeBlockId } from '../protocol/encode-block.js'
import type { SafetyLevel } from '../protocol/safety-level.js'
import type { ClusterChange, HeadChange, Invalidation } from './cluster-change.js'
import type { CutFollower } from './cut-follower.js'

/** What a subscriber wants to hear of. */
export type Topic =
	| { readonly kind: 'heads'; readonly chainId?: ChainId; readonly level?: SafetyLevel }
	| { readonly kind: 'invalidations' }
	| { readonly kind: 'failsafe' }
	/** New cuts of the cluster, and those that do not hold any more. */
	| { readonly kind: 'cuts'; readonly cuts: CutFollower }

/** A caller that can be told of changes. */
export interface Subscriber {
	/** The id of the subscription; undefined if the caller has as many as it may have. What is now comes first. */
	subscribe(topic: Topic): string | undefined
	/** False if there was none. */
	unsubscribe(id: string): boolean
}

/** The text of a notification. */
export function notification(id: string, result: object, namespace = 'supervisor'): string {
	return JSON.stringify({
		jsonrpc: '2.0',
		method: `${namespace}_subscription`,
		params: { subscription: id, result },
	})
}

/** What is told of a change under a topic; undefined if it is of no interest. */
export function resultFor(topic: Topic, change: ClusterChange): object | undefined {
	if (change.kind !== topic.kind) return undefined
	switch (change.kind) {
		case 'heads':
			return topic.kind === 'heads' && concerns(topic, change) ? encodeHead(change) : undefined
		case 'invalidations':
			return encodeInvalidation(change)
		case 'failsafe':
			return { enabled: change.enabled }
	}
}

function concerns(topic: Extract<Topic, { kind: 'heads' }>, { chainId, level }: HeadChange): boolean {
	return (
		(topic.chainId === undefined || topic.chainId === chainId) &&
		(topic.level === undefined || topic.level === level)
	)
}

function encodeHead({ chainId, level, block }: HeadChange): object {
	return { chainID: formatChainId(chainId), level, block: encodeOptional(block) }
}

function encodeInvalidation({ chainId, block, reason, replacement, state }: Invalidation): object {
	return {
		chainID: formatChainId(chainId),
		block: encodeBlockId(block),
		reason,
		replacement: encodeOptional(replacement),
		state,
	}
}

function encodeOptional(block: BlockId | undefined): BlockId | null {
	return block === undefined ? null : encodeBlockId(block)
}
