import { expect, it } from 'vitest'
import { firstDifference } from '../../src/indexing/first-difference.js'
import { chainIdFromBigint } from '../../src/protocol/chain-id.js'
import type { BlockLogs, ExecutingLog } from '../../src/protocol/executing-message.js'
import { ZERO_HASH } from '../../src/protocol/hash.js'

const message = {
	chainId: chainIdFromBigint(901n),
	blockNumber: 7n,
	timestamp: 14n,
	logIndex: 3,
	checksum: ZERO_HASH,
}
const executing: ExecutingLog[] = [{ logIndex: 1, message }]
const logs: BlockLogs = { logCount: 2, logHashes: new Uint8Array(64), executing }

it('names the first difference of two results', () => {
	expect(firstDifference(logs, structuredClone(logs))).toBeUndefined()
	expect(firstDifference({ ...logs, logCount: 1 }, logs)).toBe('1 logs, expected 2')
	expect(firstDifference({ ...logs, logHashes: new Uint8Array(32) }, logs)).toBe(
		'32 bytes of log hashes, expected 64',
	)
	const other = new Uint8Array(64)
	other[63] = 1
	expect(firstDifference({ ...logs, logHashes: other }, logs)).toBe(
		`log 1 has hash ${ZERO_HASH.slice(0, -1)}1, expected ${ZERO_HASH}`,
	)
	expect(firstDifference({ ...logs, executing: [] }, logs)).toBe(
		`executing message 0 is missing, expected log 1: log 3 of block 7 at 14 of chain 901, ${ZERO_HASH}`,
	)
	for (const change of [
		{ logIndex: 4 },
		{ blockNumber: 8n },
		{ timestamp: 15n },
		{ chainId: chainIdFromBigint(1n) },
	]) {
		const changed = [{ logIndex: 1, message: { ...message, ...change } }]
		expect(firstDifference({ ...logs, executing: changed }, logs)).toMatch(/^executing message 0 is log 1: /)
	}
	expect(firstDifference(logs, { ...logs, executing: [...executing, ...executing] })).toMatch(
		/^executing message 1 is missing/,
	)
})
