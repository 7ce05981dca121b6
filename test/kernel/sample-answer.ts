import type { BlockId } from '../../src/protocol/block.js'
import { parseHash } from '../../src/protocol/hash.js'
import { encodeHexUint64 } from '../../src/protocol/hex-uint64.js'

/** The block that all answers here are of. */
export const BLOCK: BlockId = { hash: parseHash(`0x${'b10c'.repeat(16)}`, 'hash'), number: 1_234_567 }

export interface LogShape {
	readonly topics: number
	/** Bytes of data. */
	readonly data: number
	/** Data before topics, as some writers sort members. */
	readonly sorted?: boolean
}

/** An answer with one receipt that has these logs, with content that depends on the place. */
export function answerOf(shapes: readonly LogShape[]): Buffer {
	const logs = shapes.map(({ topics, data, sorted }, i) => {
		const address = hex(20, i)
		const content = {
			address,
			topics: Array.from({ length: topics }, (_, topic) => hex(32, i + topic)),
			data: hex(data, 3 * i),
		}
		const place = { blockHash: BLOCK.hash, logIndex: encodeHexUint64(i), removed: false }
		return sorted
			? { data: content.data, ...place, topics: content.topics, address }
			: { ...content, ...place }
	})
	return Buffer.from(
		JSON.stringify({
			jsonrpc: '2.0',
			id: 1,
			result: [{ status: '0x1', logs, blockHash: BLOCK.hash, transactionIndex: '0x0' }],
		}),
	)
}

/** Bytes that look random and are the same each time. */
function hex(length: number, seed: number): string {
	const bytes = Buffer.alloc(length)
	let state = (seed + 1) * 0x9e3779b1
	for (let i = 0; i < length; i++) {
		state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
		bytes[i] = state >>> 24
	}
	return `0x${bytes.toString('hex')}`
}
