import { statfsSync } from 'node:fs'
import type {
	BlockReading,
	ChainReading,
	HeadLevel,
	InvalidationReading,
	StoreReading,
} from '../observability/cluster-reading.js'
import type { BlockId, BlockRef } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import type { EnvironmentFigures, InvalidatedBlock, RowCounts, View } from '../storage/index.js'
import type { SnapshotSource } from './store-reader.js'

/** Enough to see what happened last. */
const LAST_INVALIDATED = 8

/** A store whose state is read for metrics, of this process or of another one. */
export interface ReadableStore extends SnapshotSource {
	readonly openSnapshots: number
	environments(): readonly EnvironmentFigures[]
	rowCounts(chainId: ChainId): RowCounts
}

/** The state of the store, for metrics and readiness: all of one snapshot. */
export function storeReading(store: ReadableStore, directory: string): StoreReading {
	const { openSnapshots } = store
	return store.read((view) => ({
		chains: view.chainIds.map((chainId) => chainReading(view, chainId, store.rowCounts(chainId))),
		finalizedL1: view.finalizedL1 && blockReading(view.finalizedL1),
		failsafe: view.failsafe,
		generation: view.generation,
		environments: store.environments(),
		openSnapshots,
		disk: diskReading(directory),
	}))
}

function chainReading(view: View, chainId: ChainId, rows: RowCounts): ChainReading {
	const unsafe = view.localUnsafe(chainId)
	const crossUnsafe = view.crossUnsafe(chainId)
	const blocks: readonly (readonly [HeadLevel, BlockRef | undefined])[] = [
		['local-unsafe', unsafe],
		['cross-unsafe', crossUnsafe && view.canonical(chainId, crossUnsafe.number)],
		['local-safe', view.localSafeHead(chainId)?.derived],
		['cross-safe', derivedBlock(view, chainId, view.crossSafeHead(chainId))],
		['finalized', derivedBlock(view, chainId, view.finalized(chainId))],
	]
	const heads: Partial<Record<HeadLevel, BlockReading>> = {}
	for (const [level, block] of blocks) if (block !== undefined) heads[level] = blockReading(block)
	const firstKept = view.firstKept(chainId)
	const invalidated = view.invalidatedBlocks(chainId)
	const pending = invalidated.filter(({ replacement }) => replacement === null).length
	return {
		chain: `${chainId}`,
		heads,
		derivationOrigin: view.derivationOrigin(chainId)?.number,
		dispute: view.disputed(chainId),
		invalidated: { pending, replaced: invalidated.length - pending },
		lastInvalidated: lastOf(invalidated),
		firstKept: firstKept && blockReading(firstKept),
		rows: { log: rows.logBlocks, local_derived: rows.sources, cross_derived: rows.scopes },
	}
}

function lastOf(invalidated: readonly InvalidatedBlock[]): InvalidationReading[] {
	const newest = [...invalidated].sort((a, b) => b.time - a.time).slice(0, LAST_INVALIDATED)
	return newest.map(({ block, rule, replacement, time }) => ({
		block: { number: block.number, hash: block.hash },
		reason: rule,
		replacement: replacement?.hash,
		time,
	}))
}

/** What is cross-safe or final is local-safe, and has its time there. */
function derivedBlock(view: View, chainId: ChainId, block: BlockId | undefined): BlockRef | undefined {
	return block && view.localSafe(chainId, block.number)
}

function blockReading({ hash, number, timestamp }: BlockRef): BlockReading {
	return { hash, number, timestamp }
}

function diskReading(directory: string): StoreReading['disk'] {
	try {
		const { bavail, blocks, bsize } = statfsSync(directory)
		return { freeBytes: bavail * bsize, sizeBytes: blocks * bsize }
	} catch {
		// The disk is what is gone; writing tells of that.
		return undefined
	}
}
