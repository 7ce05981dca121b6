import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { BlockId } from '../../src/protocol/block.js'
import { parseHash } from '../../src/protocol/hash.js'
import type { JsonRecord } from '../../src/protocol/record.js'
import type { RoutedChain } from '../../src/routing/follower.js'

/** Blocks 0 to 40 of a real chain (data/README.md), as an execution node tells them. */
export const REAL_BLOCKS = JSON.parse(
	gunzipSync(readFileSync(new URL('./data/l2-blocks.json.gz', import.meta.url))).toString(),
) as readonly JsonRecord[]

export const CHAIN = 901

export function idOf(block: JsonRecord | undefined): BlockId {
	return { number: Number(block?.number), hash: parseHash(block?.hash, 'hash') }
}

/** The index of the chain, as far as the test has got. */
export class IndexedChain implements RoutedChain {
	readonly asked: number[] = []
	/** Blocks that L1 contradicts. */
	readonly contradicted = new Set<number>()

	constructor(public last: number) {}

	head(): BlockId {
		return idOf(REAL_BLOCKS[this.last])
	}

	hash(number: number) {
		if (number > this.last || this.contradicted.has(number)) return undefined
		return idOf(REAL_BLOCKS[number]).hash
	}
}
