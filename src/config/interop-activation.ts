import type { RollupConfig } from './rollup-config.js'

type InteropTimes = Pick<RollupConfig, 'interopTime' | 'blockTime'>

/** Is interop active on the chain at time `timestamp`? Seconds; bigint where the time comes from a message. */
export function isInterop(config: InteropTimes, timestamp: number | bigint): boolean {
	return config.interopTime !== null && timestamp >= config.interopTime
}

/** Is the block of that time the first one with interop? A chain that starts with interop has no such block. */
export function isActivationBlock(config: InteropTimes, timestamp: number | bigint): boolean {
	if (!isInterop(config, timestamp) || timestamp < config.blockTime) return false
	return !isInterop(config, BigInt(timestamp) - BigInt(config.blockTime))
}
