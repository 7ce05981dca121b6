import type { BlockId, BlockRef } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import { DataCorruptionError, FutureDataError } from '../protocol/errors.js'
import type { ExecutingLog } from '../protocol/executing-message.js'
import type { InvalidatedBlock } from './invalidated-table.js'
import { blockKey } from './keys.js'
import { lendBinary } from './lend-binary.js'
import type { Numbered, ReadOptions } from './number-table.js'
import { type LogBlock, readExecuting, readLogHash, unpackLogBlock } from './read-log-block.js'
import type { CrossSafeRow, LocalSafeRow } from './rows.js'
import type { DisputedBlock } from './state-table.js'
import {
	type CrossSafeBlock,
	type LocalSafeBlock,
	type LocalSafeHead,
	l1Block,
	optional,
	optionalId,
	type SealedBlock,
	type SourceLink,
	scoped,
	sealed,
	sourceLink,
} from './stored-blocks.js'
import { type ChainTables, chainTables, type Tables } from './tables.js'

/**
 * All reads of the store over one state of it: a snapshot, or a write in progress. Every method throws
 * UnknownChainError for a chain outside of the store and DataCorruptionError for rows that cannot be decoded.
 */
export class View {
	constructor(
		protected readonly tables: Tables,
		protected readonly options: ReadOptions,
	) {}

	/** The chains of the store, in the order of the configuration. */
	get chainIds(): readonly ChainId[] {
		return [...this.tables.chains.keys()]
	}

	/** Raised by every cut. A computation whose generation is older than the store's is void. */
	get generation(): number {
		return this.tables.state.get('generation', this.options) ?? 0
	}

	get failsafe(): boolean {
		return this.tables.state.get('failsafe', this.options) ?? false
	}

	/**
	 * What `read` gives. Snapshots of the same state of the store read it once, and then know it by its name and, if it
	 * is not of the whole store, by what it belongs to. It must depend on nothing but the tables.
	 */
	remembered<T>(_name: string, read: () => T, _owner?: object): T {
		return read()
	}

	/** The first block of the local-unsafe chain: genesis or activation block. */
	anchor(chainId: ChainId): SealedBlock | undefined {
		return this.ofChain(chainId, 'anchor', (chain) => optional(chain.canonical.first(this.options), sealed))
	}

	/** From here on the store has everything: the anchor, or the first block that was not pruned. Between is nothing. */
	firstKept(chainId: ChainId): SealedBlock | undefined {
		return this.ofChain(chainId, 'firstKept', () => {
			const first = this.firstCrossSafe(chainId)
			return (first && this.canonical(chainId, first.number)) ?? this.anchor(chainId)
		})
	}

	canonical(chainId: ChainId, number: number): SealedBlock | undefined {
		const row = this.chain(chainId).canonical.get(number, this.options)
		return row && sealed(row, number)
	}

	/** The local-unsafe chain from `number` upwards. */
	*canonicalFrom(chainId: ChainId, number: number): Generator<SealedBlock> {
		for (const { row, at } of this.chain(chainId).canonical.rows(number, this.options)) yield sealed(row, at)
	}

	localUnsafe(chainId: ChainId): SealedBlock | undefined {
		return this.ofChain(chainId, 'localUnsafe', (chain) =>
			optional(chain.canonical.last(this.options), sealed),
		)
	}

	localSafe(chainId: ChainId, number: number): LocalSafeBlock | undefined {
		const row = this.chain(chainId).localSafe.get(number, this.options)
		return row && this.linked(chainId, row, number)
	}

	/** The local-safe chain from `number` upwards. */
	*localSafeFrom(chainId: ChainId, number: number): Generator<LocalSafeBlock> {
		for (const { row, at } of this.localSafeRows(chainId, number)) yield this.linked(chainId, row, at)
	}

	/** The same as it is stored: where a row is missing the one above it has no parent, and is here all the same. */
	localSafeRows(chainId: ChainId, number: number): Generator<Numbered<LocalSafeRow>> {
		return this.chain(chainId).localSafe.rows(number, this.options)
	}

	private linked(chainId: ChainId, row: LocalSafeRow, number: number): LocalSafeBlock {
		const { hash, timestamp, source, scope } = row
		const parentHash = row.parentHash ?? this.localSafeRow(chainId, number - 1).hash
		return { hash, number, parentHash, timestamp, source, scope }
	}

	/** A row that others rest on. @throws DataCorruptionError */
	private localSafeRow(chainId: ChainId, number: number): LocalSafeRow {
		const row = this.chain(chainId).localSafe.get(number, this.options)
		if (row === undefined)
			throw new DataCorruptionError(`local-safe block ${number} of chain ${chainId} is missing`)
		return row
	}

	/**
	 * The newest local-safe block and the newest source that the chain has reached.
	 * @throws DataCorruptionError if the two tables that tell it do not agree.
	 */
	localSafeHead(chainId: ChainId): LocalSafeHead | undefined {
		return this.ofChain(chainId, 'localSafeHead', (chain) => this.readLocalSafeHead(chain))
	}

	private readLocalSafeHead(chain: ChainTables): LocalSafeHead | undefined {
		const { chainId } = chain
		const source = chain.sources.last(this.options)
		const derived = optional(chain.localSafe.last(this.options), (row, at) => this.linked(chainId, row, at))
		if (source === undefined && derived === undefined) return undefined
		if (
			derived === undefined ||
			source?.row.derivedHash !== derived.hash ||
			source.row.derivedNumber !== derived.number
		)
			throw new DataCorruptionError(
				`chain ${chainId}: the last source ends at block ${source?.row.derivedNumber}, local-safe at ${derived?.number}`,
			)
		return { source: { hash: source.row.hash, number: source.at }, derived }
	}

	source(chainId: ChainId, l1Number: number): SourceLink | undefined {
		const row = this.chain(chainId).sources.get(l1Number, this.options)
		return row && sourceLink(row, l1Number)
	}

	firstSource(chainId: ChainId): SourceLink | undefined {
		return this.ofChain(chainId, 'firstSource', (chain) =>
			optional(chain.sources.first(this.options), sourceLink),
		)
	}

	lastSource(chainId: ChainId): SourceLink | undefined {
		return this.ofChain(chainId, 'lastSource', (chain) =>
			optional(chain.sources.last(this.options), sourceLink),
		)
	}

	/** Every source of a chain, in order. */
	*sources(chainId: ChainId): Generator<SourceLink> {
		for (const { row, at } of this.chain(chainId).sources.rows(0, this.options)) yield sourceLink(row, at)
	}

	/** The cross-safe row of a number. */
	crossSafe(chainId: ChainId, number: number): CrossSafeBlock | undefined {
		const row = this.chain(chainId).crossSafe.get(number, this.options)
		return row && this.crossSafeBlock(chainId, row, number)
	}

	private crossSafeBlock(chainId: ChainId, { scope }: CrossSafeRow, number: number): CrossSafeBlock {
		return { hash: this.localSafeRow(chainId, number).hash, number, scope }
	}

	/** The first cross-safe block: genesis or activation block, or the first that retention has kept. */
	firstCrossSafe(chainId: ChainId): CrossSafeBlock | undefined {
		return this.ofChain(chainId, 'firstCrossSafe', (chain) =>
			optional(chain.crossSafe.first(this.options), (row, at) => this.crossSafeBlock(chainId, row, at)),
		)
	}

	/** The cross-safe chain from `number` upwards. */
	*crossSafeFrom(chainId: ChainId, number: number): Generator<CrossSafeBlock> {
		for (const { row, at } of this.chain(chainId).crossSafe.rows(number, this.options))
			yield this.crossSafeBlock(chainId, row, at)
	}

	/** Every scope of a chain with its last cross-safe block, in order. */
	*scopes(chainId: ChainId): Generator<CrossSafeBlock> {
		for (const { row, at } of this.chain(chainId).scopes.rows(0, this.options)) yield scoped(row, at)
	}

	/** The newest cross-safe block; `scope` is the newest scope of the chain, which may be above the block's own. */
	crossSafeHead(chainId: ChainId): CrossSafeBlock | undefined {
		return this.ofChain(chainId, 'crossSafeHead', (chain) =>
			optional(chain.scopes.last(this.options), scoped),
		)
	}

	/** The last cross-safe block within `scope`, with the number of the newest scope at or below it. */
	crossSafeAt(chainId: ChainId, scope: number): CrossSafeBlock | undefined {
		return optional(this.chain(chainId).scopes.atOrBelow(scope, this.options), scoped)
	}

	/** The cross-safe head, or the first block of the chain, until it was promoted. */
	crossUnsafe(chainId: ChainId): BlockId | undefined {
		return this.ofChain(chainId, 'crossUnsafe', () => {
			const head = this.tables.state.crossUnsafe(chainId, this.options)
			return head ?? optionalId(this.crossSafeHead(chainId) ?? this.anchor(chainId))
		})
	}

	/** The last block that is cross-safe at or below the finalized L1 block. */
	finalized(chainId: ChainId): CrossSafeBlock | undefined {
		return this.ofChain(chainId, 'finalized', () => {
			const { finalizedL1 } = this
			return finalizedL1 && this.crossSafeAt(chainId, finalizedL1.number)
		})
	}

	invalidated(chainId: ChainId, block: BlockId): InvalidatedBlock | undefined {
		return this.chain(chainId).invalidated.get(block, this.options)
	}

	/** Every invalidated block of a chain, by number. */
	invalidatedBlocks(chainId: ChainId): readonly InvalidatedBlock[] {
		return [...this.chain(chainId).invalidated.rows(this.options)]
	}

	/** The marker: an invalidated block that waits for its replacement. */
	pendingInvalidation(chainId: ChainId): InvalidatedBlock | undefined {
		return this.ofChain(chainId, 'pending', (chain) => chain.invalidated.pending(this.options))
	}

	/** The local-safe block of which the chain's nodes do not agree, if there is one. */
	disputed(chainId: ChainId): DisputedBlock | undefined {
		return this.ofChain(chainId, 'disputed', () => this.tables.state.disputed(chainId, this.options))
	}

	l1(number: number): BlockRef | undefined {
		const row = this.tables.l1.get(number, this.options)
		return row && l1Block(row, number)
	}

	/** The newest stored L1 block at or below a number. */
	l1AtOrBelow(number: number): BlockRef | undefined {
		return optional(this.tables.l1.atOrBelow(number, this.options), l1Block)
	}

	/** The newest L1 block from which any chain has derived something. */
	get l1Head(): BlockRef | undefined {
		return this.remembered('l1Head', () => optional(this.tables.l1.last(this.options), l1Block))
	}

	/** The stored L1 chain, in order. */
	*l1Blocks(): Generator<BlockRef> {
		for (const { row, at } of this.tables.l1.rows(0, this.options)) yield l1Block(row, at)
	}

	get finalizedL1(): BlockRef | undefined {
		return this.remembered('finalizedL1', () => this.tables.state.get('finalizedL1', this.options))
	}

	/** The L1 block to which the node of the chain has moved last. */
	derivationOrigin(chainId: ChainId): BlockRef | undefined {
		return this.ofChain(chainId, 'origin', () => this.tables.state.derivationOrigin(chainId, this.options))
	}

	/**
	 * The hash of one log, as 32 fresh bytes, or undefined if the block has fewer logs. Reads one record, verifies its
	 * header and one chunk, decodes nothing. The logs of an anchor are not indexed: it has none.
	 * @throws FutureDataError if the block is not in the index.
	 */
	logHash(chainId: ChainId, block: BlockId, logIndex: number): Uint8Array | undefined {
		const record = this.record(chainId, block)
		if (record !== undefined) return readLogHash(record, chainId, block, logIndex)
		this.expectAnchor(chainId, block)
		return undefined
	}

	/** The whole of a log block, decoded and verified, or undefined if it is not in the index. */
	logBlock(chainId: ChainId, block: BlockId): LogBlock | undefined {
		const record = this.record(chainId, block)
		return record && unpackLogBlock(record, chainId, block)
	}

	/** The executing messages of a block; log hashes are not touched. An anchor has none. @throws FutureDataError */
	executingMessages(chainId: ChainId, block: BlockId): readonly ExecutingLog[] {
		const record = this.record(chainId, block)
		if (record !== undefined) return readExecuting(record, chainId, block)
		this.expectAnchor(chainId, block)
		return []
	}

	/** The record of a log block. Valid only until the next read. */
	protected record(chainId: ChainId, block: BlockId): Buffer | undefined {
		const chain = this.chain(chainId)
		return lendBinary(chain.logs, blockKey(block), this.logOptions(chain))
	}

	protected logOptions(_chain: ChainTables): ReadOptions {
		return {}
	}

	protected chain(chainId: ChainId): ChainTables {
		return chainTables(this.tables, chainId)
	}

	private ofChain<T>(chainId: ChainId, name: string, read: (chain: ChainTables) => T): T {
		const chain = this.chain(chainId)
		return this.remembered(name, () => read(chain), chain)
	}

	private expectAnchor(chainId: ChainId, block: BlockId): void {
		const anchor = this.anchor(chainId)
		if (anchor?.number === block.number && anchor.hash === block.hash) return
		if (this.canonical(chainId, block.number)?.hash === block.hash)
			throw new DataCorruptionError(`log block ${block.number} ${block.hash} of chain ${chainId} is missing`)
		throw new FutureDataError(`log block ${block.number} ${block.hash} of chain ${chainId} is not indexed`)
	}
}
