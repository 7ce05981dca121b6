import type { Logger } from 'pino'
import { type BlockId, type BlockRef, formatBlock } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import { ConflictError } from '../protocol/errors.js'
import { appendLinks, type LinkBatch } from './append-links.js'
import { type ChainIdentity, compareIdentities, storedIdentities } from './chain-identity.js'
import { checkTail } from './check-tail.js'
import { cutCanonical, removeCanonicalAbove } from './cut-canonical.js'
import { cutL1 } from './cut-l1.js'
import { cutLocalSafe } from './cut-local-safe.js'
import { claimDirectory, type DataDirectory, notWritable } from './data-directory.js'
import { invalidate, replace } from './invalidate.js'
import type { InvalidatedBlock } from './invalidated-table.js'
import { logEnvironmentPath } from './log-environment.js'
import { raiseGeneration } from './lower-heads.js'
import { MetaWriter, type WriteEvents } from './meta-writer.js'
import { type Promotion, promote } from './promote.js'
import { cutsOf, type PruneOptions, prune } from './prune.js'
import { seal } from './seal.js'
import { startChain } from './start-chain.js'
import type { DisputedBlock, StoredIdentity, SweepMark } from './state-table.js'
import { checkSchema, SCHEMA_VERSION, StoreReader } from './store-reader.js'
import type { SealedBlock } from './stored-blocks.js'
import { markSweep, type SweepOptions, type Swept, sweepLogs } from './sweep.js'
import {
	chainTables,
	closeTables,
	type MetaEnvironment,
	openMeta,
	openTables,
	type Tables,
} from './tables.js'
import type { View } from './view.js'
import { asWriteError, type WriteFault } from './write-fault.js'

export interface StoreOptions {
	readonly directory: string
	readonly chains: readonly ChainIdentity[]
	/** Address space of each environment; by default enough for years. */
	readonly mapSizeBytes?: number
}

export interface StoreModules {
	readonly log: Logger
	/**
	 * Cross-unsafe heads that no longer hold after a cut that affects blocks from time `from` on; it runs within the
	 * cut's transaction.
	 */
	readonly reexamine?: (view: View, from: number) => ReadonlyMap<ChainId, BlockId>
}

/**
 * Opens the data directory for the one process that writes to it: locks it, makes or checks the store in it, and
 * cuts back sealed blocks whose logs a power loss has taken.
 * @throws DataDirectoryInUseError, DataDirectoryError, SchemaVersionError, FingerprintMismatchError
 */
export async function openStore(options: StoreOptions, modules: StoreModules): Promise<Store> {
	const directory = await claimDirectory(options.directory)
	let meta: MetaEnvironment | undefined
	let tables: Tables | undefined
	try {
		const tableOptions = { ...options, chains: options.chains.map((chain) => chain.chainId) }
		meta = await openMeta(tableOptions)
		const configured = storedIdentities(options.chains)
		const made = meta.state.get('schema', {}) !== undefined
		// Checked before anything is made for chains that the store may not be for.
		if (made) checkStore(meta, configured)
		tables = openTables(meta, tableOptions)
		if (!made) await initialize(tables, configured, modules)
		const store = new Store(tables, directory, modules)
		await store.cutMissingTail()
		return store
	} catch (error) {
		if (tables !== undefined) await closeTables(tables)
		else await meta?.env.close()
		directory.release()
		throw notWritable(options.directory, error)
	}
}

/** The store of the writing process. Each write is one transaction: all of it or nothing is ever seen. */
export class Store extends StoreReader {
	private readonly writer: MetaWriter

	constructor(
		tables: Tables,
		private readonly directory: DataDirectory,
		private readonly modules: StoreModules,
	) {
		super(tables)
		this.writer = new MetaWriter(tables, modules)
	}

	/** Set while writing does not work; reads go on. */
	get writeFault(): WriteFault | undefined {
		return this.writer.writeFault
	}

	/** Failed writes since the start. */
	get writeFailures(): number {
		return this.writer.failures
	}

	on<Name extends keyof WriteEvents>(event: Name, listener: (...args: WriteEvents[Name]) => void): this {
		// EventEmitter's own type cannot be resolved for a name that is still a parameter.
		this.writer.on(event as 'fault', listener as (fault: WriteFault) => void)
		return this
	}

	off<Name extends keyof WriteEvents>(event: Name, listener: (...args: WriteEvents[Name]) => void): this {
		this.writer.off(event as 'fault', listener as (fault: WriteFault) => void)
		return this
	}

	/** Puts the first block of a chain, whose logs are not indexed. @see startChain */
	startChain(chainId: ChainId, anchor: BlockRef): Promise<void> {
		return this.cut((view) => {
			startChain(this.tables, view, chainId, anchor)
			return 0
		})
	}

	/** Appends blocks to the local-unsafe chain; their log blocks must be committed. @see seal */
	seal(chainId: ChainId, run: readonly SealedBlock[]): Promise<void> {
		return this.writer.write((view) => seal(this.tables, view, chainId, run))
	}

	/** Cuts the local-unsafe chain above `to`. @see cutCanonical */
	cutCanonical(chainId: ChainId, to: BlockId): Promise<void> {
		return this.cut((view) => {
			cutCanonical(this.tables, view, chainId, to)
			return view.canonical(chainId, to.number)?.timestamp ?? 0
		})
	}

	/** Appends L1 blocks, sources and local-safe blocks. @see appendLinks */
	appendLinks(chainId: ChainId, links: LinkBatch): Promise<void> {
		return this.writer.write((view) => appendLinks(this.tables, view, chainId, links))
	}

	/** Cuts the local-safe chain above block `to`. @see cutLocalSafe */
	cutLocalSafe(chainId: ChainId, to: number): Promise<void> {
		return this.cut((view) => {
			cutLocalSafe(this.tables, view, chainId, to)
			return 0
		})
	}

	/** Follows an L1 reorg in every chain. @see cutL1 */
	cutL1(to: BlockId): Promise<void> {
		return this.cut((view) => {
			cutL1(this.tables, view, to)
			return 0
		})
	}

	/** Commits promotions unless they are void; says whether it did. @see promote */
	promote(promotion: Promotion): Promise<boolean> {
		return this.writer.write((view) => promote(this.tables, view, promotion))
	}

	/**
	 * Puts the durable marker of an invalid block and cuts what stands on it. False, and nothing is changed, if a cut
	 * was made since the block was judged in a view of `generation`. @see invalidate
	 */
	async invalidate(
		chainId: ChainId,
		invalid: Omit<InvalidatedBlock, 'replacement'>,
		generation?: number,
	): Promise<boolean> {
		let isDone = false
		await this.cut((view) => {
			if (generation !== undefined && view.generation !== generation) return 0
			invalidate(this.tables, view, chainId, invalid)
			isDone = true
			return invalid.block.timestamp
		})
		return isDone
	}

	/** Puts the replacement of the marked block into its place. @see replace */
	replace(chainId: ChainId, replacement: SealedBlock): Promise<void> {
		return this.cut((view) => {
			replace(this.tables, view, chainId, replacement)
			return replacement.timestamp
		})
	}

	/**
	 * Records the finalized L1 block. An older one than the stored changes nothing: finality never goes back.
	 * @throws ConflictError if it contradicts the stored one, or the stored L1 chain.
	 */
	setFinalizedL1(block: BlockRef): Promise<void> {
		return this.writer.write((view) => {
			const stored = view.finalizedL1
			const known = stored?.number === block.number ? stored : view.l1(block.number)
			if (known !== undefined && known.hash !== block.hash)
				throw new ConflictError(`finalized L1 ${formatBlock(block)} is not ${formatBlock(known)}`)
			if (stored !== undefined && block.number <= stored.number) return
			const { hash, number, parentHash, timestamp } = block
			this.tables.state.put('finalizedL1', { hash, number, parentHash, timestamp })
		})
	}

	/**
	 * Marks a local-safe block as disputed, or (undefined) takes the mark away. Promotions that were computed before are
	 * void.
	 */
	setDisputed(chainId: ChainId, disputed: DisputedBlock | undefined): Promise<void> {
		return this.writer.write(() => {
			this.tables.state.put(`disputed/${chainId}`, disputed ?? null)
			raiseGeneration(this.tables)
		})
	}

	/** Removes the oldest blocks; says how many. Nothing is written if there are none to be removed. @see prune */
	async prune(options: PruneOptions): Promise<number> {
		if (this.read((view) => cutsOf(this.tables, view, options).length) === 0) return 0
		return this.writer.write((view) => prune(this.tables, view, options))
	}

	/** Remembers up to where log records are superfluous now. @see markSweep */
	markSweep(now: number): Promise<void> {
		return this.writer.write((view) => markSweep(this.tables, view, now))
	}

	/** What `markSweep` has remembered of a chain. */
	sweepMark(chainId: ChainId): SweepMark | undefined {
		return this.read(() => this.tables.state.get(`sweep/${chainId}`, {}))
	}

	/** Removes superfluous log records, some at a time. @see sweepLogs */
	async sweep(chainId: ChainId, mark: SweepMark, options: SweepOptions): Promise<Swept> {
		try {
			return await sweepLogs(chainTables(this.tables, chainId), () => this.snapshot(), mark, options)
		} catch (error) {
			throw (await asWriteError(error, logEnvironmentPath(this.tables.directory, chainId))) ?? error
		}
	}

	setFailsafe(on: boolean): Promise<void> {
		return this.writer.write(() => this.tables.state.put('failsafe', on))
	}

	/**
	 * A cut and, in the same transaction, the lowering of cross-unsafe heads that rested on what it took away. `action`
	 * returns the time before which no block can be affected.
	 */
	private cut(action: (view: View) => number): Promise<void> {
		return this.writer.write((view) => {
			const { generation } = view
			const from = action(view)
			if (view.generation === generation) return
			for (const [chainId, { hash, number }] of this.modules.reexamine?.(view, from) ?? [])
				this.tables.state.put(`crossUnsafe/${chainId}`, { hash, number })
		})
	}

	/** Resolves when all that was committed by this process survives a power loss. */
	async flushed(): Promise<void> {
		await this.tables.env.flushed
	}

	/** Cuts back sealed blocks whose logs are missing or damaged. Part of `openStore`. */
	async cutMissingTail(): Promise<void> {
		for (const chainId of this.tables.chains.keys()) {
			const cutTo = this.read((snapshot) => checkTail(snapshot, chainId, this.modules.log))
			if (cutTo === undefined) continue
			this.modules.log.warn(
				{ chain: `${chainId}`, block: formatBlock(cutTo) },
				'the log index is cut back and will be fetched again',
			)
			await this.writer.write(() => removeCanonicalAbove(this.tables, chainId, cutTo))
		}
	}

	/** Waits for the writes under way, closes the environments, and gives the directory free. */
	async close(): Promise<void> {
		this.releaseSnapshots()
		await closeTables(this.tables)
		this.directory.release()
	}
}

function checkStore(meta: MetaEnvironment, configured: readonly StoredIdentity[]): void {
	checkSchema(meta)
	compareIdentities(meta.directory, meta.state.get('fingerprint', {}) ?? [], configured)
}

async function initialize(
	tables: Tables,
	configured: readonly StoredIdentity[],
	modules: { readonly log: Logger },
): Promise<void> {
	await new MetaWriter(tables, modules).write(() => {
		tables.state.put('schema', SCHEMA_VERSION)
		tables.state.put('fingerprint', configured)
		tables.state.put('generation', 0)
	})
}
