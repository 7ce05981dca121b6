import type { RollupConfig } from './rollup-config.js'

type InteropTimes = Pick<RollupConfig, 'interopTime' | 'blockTime'>

/** Is interop active on the chain at time `timestamp` (seconds)? */
export function isInterop(config: InteropTimes, timestamp: number): boolean {
	return config.interopTime !== null && timestamp >= config.interopTime
}

/** Is the block of that time the first one with interop? A chain that starts with interop has no such block. */
export function isActivationBlock(config: InteropTimes, timestamp: number): boolean {
	return (
		isInterop(config, timestamp) &&
		timestamp >= config.blockTime &&
		!isInterop(config, timestamp - config.blockTime)
	)
}
