import { kernelModule } from '../src/kernel/kernel-module.js'
import { ReceiptsKernel } from '../src/kernel/receipts-kernel.js'
import type { BlockRef } from '../src/protocol/block.js'
import type { ChainId } from '../src/protocol/chain-id.js'
import type { BlockLogs } from '../src/protocol/executing-message.js'
import { generateRecording } from '../src/recording/generate-recording.js'

const SEED = 7

/** A node's answer to a receipts call, and what is in it. */
export interface Frame {
	readonly chainId: ChainId
	readonly ref: BlockRef
	/** The whole text frame. */
	readonly answer: Buffer
	readonly logs: BlockLogs
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
	const kernel = new ReceiptsKernel(kernelModule())
	return chain.blocks.slice(1).map((entry) => {
		const receipts = chain.receipts(entry)
		const head = `{"jsonrpc":"2.0","id":${entry.block.number},"result":`
		const answer = Buffer.concat([Buffer.from(head), receipts, Buffer.from('}')])
		const logs = kernel.scan(answer, entry.block)
		if (logs === undefined) throw new Error(`block ${entry.block.number}: the kernel refused its receipts`)
		return { chainId: chain.chainId, ref: entry.block, answer, logs }
	})
}
