import type { BlockRef } from '../src/protocol/block.js'
import type { ChainId } from '../src/protocol/chain-id.js'
import type { BlockLogs } from '../src/protocol/executing-message.js'
import { scanReceipts } from '../src/protocol/scan-receipts.js'
import { generateRecording } from '../src/recording/generate-recording.js'

const SEED = 7

/** A node's answer to a receipts call, and what is in it. */
export interface Frame {
	readonly chainId: ChainId
	readonly ref: BlockRef
	/** The whole text frame. */
	readonly answer: Buffer
	readonly logs: BlockLogs
	/** Of each log: its topics, then its data. */
	readonly payloads: readonly Buffer[]
}

/** Answers for the blocks of one generated chain. */
export function makeFrames(options: { readonly blocks: number; readonly logs: number }): Frame[] {
	const [chain] = generateRecording({
		seed: SEED,
		chains: 1,
		blocks: options.blocks,
		logsPerBlock: options.logs,
	}).chains
	if (chain === undefined) throw new RangeError('no chain was generated')
	return chain.blocks.slice(1).map((entry) => {
		const receipts = chain.receipts(entry)
		const head = `{"jsonrpc":"2.0","id":${entry.block.number},"result":`
		const answer = Buffer.concat([Buffer.from(head), receipts, Buffer.from('}')])
		const logs = scanReceipts(answer, entry.block)
		if (logs === undefined) throw new Error(`block ${entry.block.number}: the scanner refused its receipts`)
		return { chainId: chain.chainId, ref: entry.block, answer, logs, payloads: payloads(receipts) }
	})
}

function payloads(receipts: Buffer): Buffer[] {
	const parsed = JSON.parse(receipts.toString('latin1')) as {
		logs: { topics: string[]; data: string }[]
	}[]
	return parsed.flatMap(({ logs }) =>
		logs.map(({ topics, data }) => Buffer.from([...topics, data].map((hex) => hex.slice(2)).join(''), 'hex')),
	)
}
