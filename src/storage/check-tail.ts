import type { Logger } from 'pino'
import { formatBlock } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import { DataCorruptionError } from '../protocol/errors.js'
import type { SealedBlock } from './stored-blocks.js'
import type { View } from './view.js'

/**
 * How many whole blocks in a row end the check. Log blocks are durable before they are sealed, so anything missing
 * comes from a disk that lied about that, and is among the newest.
 */
const WHOLE_BLOCKS = 256

/**
 * Looks for the log blocks of the newest sealed blocks. Tables and log blocks are two environments, which a power
 * loss may leave at different instants if the disk does not keep what it has acknowledged.
 * @returns the block to which the chain must be cut, or undefined if nothing is missing.
 */
export function checkTail(view: View, chainId: ChainId, log: Logger): SealedBlock | undefined {
	const head = view.localUnsafe(chainId)
	const first = view.firstKept(chainId)
	if (head === undefined || first === undefined) return undefined
	let cutTo: SealedBlock | undefined
	let whole = 0
	for (let number = head.number; number > first.number && whole < WHOLE_BLOCKS; number--) {
		const block = view.canonical(chainId, number)
		const parent = view.canonical(chainId, number - 1)
		if (block === undefined || parent === undefined)
			throw new DataCorruptionError(
				`the canonical chain of ${chainId} has no block ${number} or ${number - 1}`,
			)
		const missing = findFault(view, chainId, block)
		if (missing === undefined) whole++
		else {
			log.warn(
				{ chain: `${chainId}`, block: formatBlock(block), reason: missing },
				'sealed block without its logs',
			)
			cutTo = parent
			whole = 0
		}
	}
	return cutTo
}

function findFault(view: View, chainId: ChainId, block: SealedBlock): string | undefined {
	try {
		return view.logBlock(chainId, block) === undefined ? 'missing' : undefined
	} catch (error) {
		if (error instanceof DataCorruptionError) return error.message
		throw error
	}
}
