import type { LogContent } from '../../src/protocol/executing-message-log.js'
import { addToBloom, BLOOM_BYTES } from '../../src/protocol/receipts-bloom.js'
import { hashOf } from '../oracle/world.js'
import type { SimulatedBlock } from './world.js'

/** Logs of one transaction at most. */
const LOGS_PER_RECEIPT = 3

/** The receipts of a block as op-node serves them: deposits with their logs, then transactions with the others. */
export function receiptsOf(block: SimulatedBlock): Buffer {
	const { logs, depositCount, ref } = block
	const groups: (readonly LogContent[])[] = [logs.slice(0, depositCount).map(({ content }) => content)]
	for (let first = depositCount; first < logs.length; first += LOGS_PER_RECEIPT)
		groups.push(logs.slice(first, first + LOGS_PER_RECEIPT).map(({ content }) => content))
	let firstLog = 0
	const receipts = groups.map((group, index) => {
		const made = receipt(ref, index, firstLog, group)
		firstLog += group.length
		return made
	})
	return Buffer.from(JSON.stringify(receipts))
}

function receipt(
	ref: SimulatedBlock['ref'],
	index: number,
	firstLog: number,
	logs: readonly LogContent[],
): object {
	const bloom = Buffer.alloc(BLOOM_BYTES)
	const transactionIndex = quantity(index)
	const transactionHash = hashOf(ref.hash, 'tx', index)
	const place = { blockHash: ref.hash, blockNumber: quantity(ref.number), transactionHash, transactionIndex }
	for (const { address, topics } of logs)
		for (const value of [address, ...topics]) addToBloom(bloom, Buffer.from(value.slice(2), 'hex'))
	return {
		type: index === 0 ? '0x7e' : '0x2',
		root: '0x',
		status: '0x1',
		cumulativeGasUsed: quantity(21_000 * (index + 1)),
		logsBloom: `0x${bloom.toString('hex')}`,
		logs: logs.map((content, i) => ({
			...content,
			...place,
			logIndex: quantity(firstLog + i),
			removed: false,
		})),
		contractAddress: `0x${'0'.repeat(40)}`,
		gasUsed: '0x5208',
		...place,
	}
}

function quantity(value: number): string {
	return `0x${value.toString(16)}`
}
