import { createHash } from 'node:crypto'
import type { BlockId } from '../../src/protocol/block.js'
import { addToBloom, BLOOM_BYTES } from '../../src/protocol/receipts-bloom.js'

const LOGS_PER_RECEIPT = 4

const hex = (bytes: Uint8Array) => `0x${Buffer.from(bytes).toString('hex')}`
const digest = (...words: readonly unknown[]) => createHash('sha256').update(words.join('/')).digest()

/** Receipts of a block as a node serves them, with `logCount` logs that depend on the block alone. */
export function sampleReceipts(block: BlockId, logCount: number): Buffer {
	const place = { blockHash: block.hash, blockNumber: `0x${block.number.toString(16)}` }
	// The first transaction of an L2 block sets L1 attributes and logs nothing.
	const receipts: object[] = [receipt(place, block, 0, 0, 0)]
	for (let first = 0; first < logCount; first += LOGS_PER_RECEIPT) {
		receipts.push(receipt(place, block, receipts.length, first, Math.min(LOGS_PER_RECEIPT, logCount - first)))
	}
	return Buffer.from(JSON.stringify(receipts))
}

function receipt(
	place: { readonly blockHash: string; readonly blockNumber: string },
	block: BlockId,
	index: number,
	firstLog: number,
	count: number,
): object {
	const bloom = Buffer.alloc(BLOOM_BYTES)
	const transactionIndex = `0x${index.toString(16)}`
	const transactionHash = hex(digest(block.hash, 'tx', index))
	const logs = Array.from({ length: count }, (_, i) => {
		const address = digest('contract', (firstLog + i) % 3).subarray(0, 20)
		const topics = [digest('Transfer'), digest(block.hash, firstLog + i)]
		for (const value of [address, ...topics]) addToBloom(bloom, value)
		return {
			address: hex(address),
			topics: topics.map(hex),
			data: hex(digest(block.hash, 'data', firstLog + i)),
			...place,
			transactionHash,
			transactionIndex,
			logIndex: `0x${(firstLog + i).toString(16)}`,
			removed: false,
		}
	})
	return {
		type: '0x2',
		root: '0x',
		status: '0x1',
		cumulativeGasUsed: `0x${(21_000 * (index + 1)).toString(16)}`,
		logsBloom: hex(bloom),
		logs,
		transactionHash,
		contractAddress: '0x0000000000000000000000000000000000000000',
		gasUsed: '0x5208',
		...place,
		transactionIndex,
	}
}
