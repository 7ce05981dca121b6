import type { RecordedChain, RecordedL2Block, Recording } from './recording.js'

/**
 * Makes all receipts of a recording once and keeps them in memory: about 105 KB a block at OP Mainnet's sizes. For
 * benches; serving a block then costs half of what it costs from a file (`spoolReceipts`).
 */
export function keepReceipts(recording: Recording): Recording {
	return { ...recording, chains: recording.chains.map(keep) }
}

function keep(chain: RecordedChain): RecordedChain {
	const kept = new Map<RecordedL2Block, Buffer>()
	for (const block of chain.blocks) kept.set(block, chain.receipts(block))
	return { ...chain, receipts: (block) => kept.get(block) ?? chain.receipts(block) }
}
