import type { ReplayRequest } from '../fake-cluster-messages.js'

/** Generated blocks are this far apart; the replay runs faster by the ratio. */
export const BLOCK_TIME_MS = 2_000
/** Beyond the time that the blocks take to appear. */
const GRACE_S = 20

/** Chains whose blocks come one by one. */
export interface BlockByBlock {
	readonly blocks: number
	readonly intervalMs: number
}

/** The pace at which a block of each chain comes every `intervalMs`. */
export function paceOf({ intervalMs }: BlockByBlock): ReplayRequest['pace'] {
	return { kind: 'recorded', speed: BLOCK_TIME_MS / intervalMs, announce: 'newest' }
}

/** Seconds within which so many blocks must be through. */
export function secondsFor({ blocks, intervalMs }: BlockByBlock): number {
	return (blocks * intervalMs) / 1000 + GRACE_S
}
