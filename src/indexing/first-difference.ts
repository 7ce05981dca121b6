import type { BlockLogs, ExecutingLog } from '../protocol/executing-message.js'
import { bytesToHash } from '../protocol/hash.js'
import { KECCAK_BYTES } from '../protocol/keccak.js'

/** What first distinguishes the logs that were found from those that were expected, in words; `undefined` if nothing does. */
export function firstDifference(found: BlockLogs, expected: BlockLogs): string | undefined {
	if (found.logCount !== expected.logCount) return `${found.logCount} logs, expected ${expected.logCount}`
	if (found.logHashes.length !== expected.logHashes.length) {
		return `${found.logHashes.length} bytes of log hashes, expected ${expected.logHashes.length}`
	}
	if (Buffer.compare(found.logHashes, expected.logHashes) !== 0) {
		for (let log = 0; log < expected.logCount; log++) {
			const [hash, other] = [found, expected].map(({ logHashes }) =>
				bytesToHash(logHashes, KECCAK_BYTES * log),
			)
			if (hash !== other) return `log ${log} has hash ${hash}, expected ${other}`
		}
	}
	const count = Math.max(found.executing.length, expected.executing.length)
	for (let i = 0; i < count; i++) {
		const [message, other] = [found, expected].map(({ executing }) => describe(executing[i]))
		if (message !== other) return `executing message ${i} is ${message}, expected ${other}`
	}
	return undefined
}

function describe(executing: ExecutingLog | undefined): string {
	if (executing === undefined) return 'missing'
	const { logIndex, message } = executing
	const { chainId, blockNumber, timestamp, logIndex: initiating, checksum } = message
	return `log ${logIndex}: log ${initiating} of block ${blockNumber} at ${timestamp} of chain ${chainId}, ${checksum}`
}
