import type { ExecutingMessage } from '../../src/protocol/executing-message.js'

/**
 * Which content a block has: the planned one, the one above a replacement, the one of another L1 branch, the one
 * of a sequencer that changes its mind, or deposits alone.
 */
export const VARIANTS = ['planned', 'aboveReplacement', 'elsewhere', 'unsafe', 'depositsOnly'] as const
export type Variant = (typeof VARIANTS)[number]

export interface WorldLog {
	/** 32 bytes. */
	readonly hash: Uint8Array
	readonly message?: ExecutingMessage
}

/** The logs of a block; those of deposits come first. */
export interface Content {
	readonly depositCount: number
	readonly logs: readonly WorldLog[]
}

export function contentKey(chain: number, number: number, variant: Variant): string {
	return `${chain}/${number}/${variant}`
}
