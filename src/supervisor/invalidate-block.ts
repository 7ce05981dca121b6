import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { backoffMs } from '../indexing/backoff.js'
import type { IndexedBlock } from '../indexing/index-task.js'
import type { ChainIndexerModules } from '../indexing/indexer-modules.js'
import { type BlockRef, type BlockReplacement, formatBlock } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import { ConflictError } from '../protocol/errors.js'
import type { InvalidBlock } from '../safety/promotion-round.js'
import type { ChainStore } from './coordinator-modules.js'
import type { Dispute } from './dispute.js'
import type { NodeSession } from './node-session.js'

/** What replacing a block needs of its chain. */
export interface ReplacingChain {
	readonly chainId: ChainId
	readonly log: Logger
	readonly pool: ChainIndexerModules['pool']
	readonly store: ChainStore
	readonly sessions: ReadonlySet<NodeSession>
	readonly dispute: Dispute
	/** The block that waits for its replacement. */
	readonly awaited: BlockRef | undefined
	flushLinks(): Promise<void>
	/** Runs a cut between two steps of the indexer, and takes up the chain from the store after it. */
	recut(cut: () => Promise<BlockRef | undefined>, ceiling?: number): Promise<void>
	/** From now on (not) waiting for a replacement. */
	await(block: BlockRef | undefined): void
	/** The chain was cut or got its replacement. */
	changed(): void
}

/**
 * Puts the durable marker of an invalid block, cuts what stands on it, and has the nodes replace it (rules, section
 * 7). Nothing happens if the cluster was cut since the block was judged: then it is judged again.
 */
export async function invalidateBlock(
	chain: ReplacingChain,
	invalid: InvalidBlock,
	generation: number,
): Promise<void> {
	const { chainId, block, scope, reason } = invalid
	if (chain.awaited !== undefined) return
	await chain.flushLinks()
	let isDone = false
	await chain.recut(async () => {
		isDone = await chain.store.invalidate(invalid, generation)
		return isDone ? chain.store.head(chainId) : undefined
	}, block.number - 1)
	if (!isDone) return
	chain.await(block)
	chain.log.error({ block: formatBlock(block), scope, reason }, 'a block is invalid and is replaced')
	for (const session of chain.sessions) {
		session.heads.cut()
		session.strays(block.number)
		if (session.connected) session.invalidation.begin(block)
	}
	chain.changed()
}

/**
 * Puts the replacement into the place of the block that waits for it. A repeat of a known one is harmless; any other
 * changes nothing and is said.
 */
export async function replaceBlock(
	chain: ReplacingChain,
	node: NodeSession,
	{ replacement, invalidated }: BlockReplacement,
): Promise<void> {
	const { chainId, awaited, log, store } = chain
	const facts = { node: node.url, replacement: formatBlock(replacement), invalidated }
	if (awaited?.hash !== invalidated) {
		const known = store.invalidated(chainId, { hash: invalidated, number: replacement.number })?.replacement
		if (node.invalidation.block?.hash === invalidated) node.invalidation.end()
		if (awaited !== undefined) node.invalidation.begin(awaited)
		if (known?.hash === replacement.hash) {
			node.agrees(replacement.number)
			return
		}
		if (known) {
			const block = { number: known.number, hash: known.hash }
			await chain.dispute.report(node, { block, other: replacement.hash })
		} else log.error(facts, 'the node replaced a block that was not invalidated, ignored')
		// Its chain has a block now that ours will never have (an L1 reorg has taken the invalidation back, say).
		node.startReset(`it replaced ${invalidated.slice(0, 10)}, which is not to be replaced`)
		return
	}
	// The node has done it: a repeated call would find the invalid block gone.
	node.invalidation.end()
	try {
		const block = await indexReplacement(chain, node, replacement)
		if (block === undefined) return
		if (block.executingCount > 0) {
			throw new ConflictError(
				`replacement ${formatBlock(replacement)} executes messages, which deposits cannot`,
			)
		}
		await chain.recut(async () => {
			await store.replace(chainId, block)
			return store.head(chainId)
		})
	} catch (error) {
		if (node.connected) node.invalidation.begin(awaited)
		throw error
	}
	chain.await(undefined)
	node.agrees(replacement.number)
	// Other nodes of the chain replace it, too, or are told again when they derive it.
	log.warn(facts, 'the invalid block is replaced')
	chain.changed()
}

/** The replacement's log record; undefined if the node is gone before it is there (it is told again). */
async function indexReplacement(
	chain: ReplacingChain,
	node: NodeSession,
	replacement: BlockRef,
): Promise<IndexedBlock | undefined> {
	const { number } = replacement
	const task = {
		chainId: chain.chainId,
		nodeAddress: node.address,
		from: number,
		to: number,
		announced: [replacement],
	}
	for (let attempt = 1; node.connected; attempt++) {
		const { blocks, failure } = await chain.pool.index(task, 0)
		if (blocks[0] !== undefined) return blocks[0]
		chain.log.warn({ node: node.url, ...failure }, 'the replacement could not be indexed, it is tried again')
		await sleep(backoffMs(attempt))
	}
	return undefined
}
