import { expect } from 'vitest'
import { kernelModule } from '../../src/kernel/kernel-module.js'
import { ReceiptsKernel } from '../../src/kernel/receipts-kernel.js'
import type { BlockId } from '../../src/protocol/block.js'
import { decodeReceipts } from '../../src/protocol/decode-receipts.js'
import { ProtocolError } from '../../src/protocol/errors.js'
import type { BlockLogs } from '../../src/protocol/executing-message.js'

/** One for all tests of a file, so that each text finds what the last one left in memory. */
export const kernel = new ReceiptsKernel(kernelModule())

/** The plain decoder's result, or `undefined` where it refuses with an error of its own. */
export function specified(answer: Buffer, block: BlockId): BlockLogs | undefined {
	try {
		return decodeReceipts(answer, block)
	} catch (error) {
		if (error instanceof ProtocolError) return undefined
		throw error
	}
}

/** The one property: a result of the kernel is the decoder's. Says whether there was one. */
export function agrees(answer: Buffer, block: BlockId): boolean {
	const scanned = kernel.scan(answer, block)
	if (scanned === undefined) return false
	const expected = specified(answer, block)
	// Comparing in words takes too long for thousands of logs.
	if (expected !== undefined && Buffer.compare(scanned.logHashes, expected.logHashes) === 0) {
		expect({ ...scanned, logHashes: 0 }).toEqual({ ...expected, logHashes: 0 })
		return true
	}
	expect(scanned, answer.toString()).toEqual(expected)
	return true
}
