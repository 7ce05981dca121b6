import { createHash } from 'node:crypto'
import { pino } from 'pino'
import type { BlockRef } from '../../src/protocol/block.js'
import type { ChainId } from '../../src/protocol/chain-id.js'
import type { BlockLogs } from '../../src/protocol/executing-message.js'
import { bytesToHash, type Hash, ZERO_HASH } from '../../src/protocol/hash.js'
import { type ChainIdentity, packLogBlock, type SealedBlock } from '../../src/storage/index.js'

export const CHAIN_A = 900n as ChainId
/** Above 64 bits, as chain IDs may be. */
export const CHAIN_B = ((1n << 200n) + 901n) as ChainId

export const silent = pino({ level: 'silent' })

/** A hash that depends on the words alone, so that every process makes the same chain. */
export function hashOf(...words: readonly (string | number | bigint)[]): Hash {
	return bytesToHash(createHash('sha256').update(words.join('/')).digest())
}

export function identity(chainId: ChainId, change: Partial<ChainIdentity> = {}): ChainIdentity {
	const l2Genesis = { hash: hashOf(chainId, 'main', 0), number: 0 }
	const l1Genesis = { hash: hashOf('l1', 'main', 0), number: 0 }
	return { chainId, l1Genesis, l2Genesis, l2Time: 1_000, blockTime: 2, interopTime: 1_000, ...change }
}

export const IDENTITIES = [identity(CHAIN_A), identity(CHAIN_B)]

/** Block `number` of a branch of a chain, on `parent`; `name` is the chain or `l1`. */
export function childOf(name: string | bigint, parent: BlockRef | undefined, branch = 'main'): BlockRef {
	const number = parent === undefined ? 0 : parent.number + 1
	return {
		hash: hashOf(name, branch, number, parent?.hash ?? ''),
		number,
		parentHash: parent?.hash ?? ZERO_HASH,
		timestamp: 1_000 + 2 * number,
	}
}

/** The first `count` blocks of a chain. */
export function chainOf(name: string | bigint, count: number, branch = 'main'): BlockRef[] {
	const blocks: BlockRef[] = []
	for (let i = 0; i < count; i++) blocks.push(childOf(name, blocks.at(-1), branch))
	return blocks
}

/** Logs with recognisable hashes; every tenth carries an executing message. */
export function logsOf(block: BlockRef, logCount: number): BlockLogs {
	const logHashes = new Uint8Array(32 * logCount)
	const executing = []
	for (let i = 0; i < logCount; i++) {
		logHashes.set(logHash(block, i), 32 * i)
		if (i % 10 !== 3) continue
		const checksum = hashOf(block.hash, 'checksum', i)
		const message = { chainId: CHAIN_B, blockNumber: 7n, timestamp: 2n ** 64n - 1n, logIndex: i, checksum }
		executing.push({ logIndex: i, message })
	}
	return { logCount, logHashes, executing }
}

export function logHash(block: BlockRef, index: number): Buffer {
	return createHash('sha256').update(`${block.hash}/log/${index}`).digest()
}

export function packed(block: BlockRef, logCount: number) {
	return packLogBlock({ ref: block, logs: logsOf(block, logCount) })
}

export function sealedOf(block: BlockRef, logCount: number): SealedBlock {
	return { ...block, logCount }
}
