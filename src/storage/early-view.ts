import type { BlockId, BlockRef } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import { ConflictError, FutureDataError, OutOfOrderError } from '../protocol/errors.js'
import type { ExecutingLog } from '../protocol/executing-message.js'
import { readExecuting, readLogHash } from './read-log-block.js'
import { checkExtends } from './seal.js'
import type { View } from './view.js'

/** A block that is decoded and about to be stored, with its record as `packLogBlock` makes it. */
export interface EarlyBlock {
	readonly ref: BlockRef
	readonly record: Buffer
}

/** Early blocks of a chain by number. */
export type EarlyBlocks = ReadonlyMap<ChainId, ReadonlyMap<number, EarlyBlock>>

/**
 * One state of the store with early blocks on top, as far as `seal` would take them. Only its log index differs from
 * the store's: that is all that cross-unsafe depends on.
 */
export class EarlyView {
	readonly #view: View
	readonly #early: EarlyBlocks
	/** Those of a chain that extend it, in order. */
	readonly #runs = new Map<ChainId, readonly EarlyBlock[]>()

	constructor(view: View, early: EarlyBlocks) {
		this.#view = view
		this.#early = early
	}

	get chainIds(): readonly ChainId[] {
		return this.#view.chainIds
	}

	localUnsafe(chainId: ChainId): BlockRef | undefined {
		return this.#run(chainId).at(-1)?.ref ?? this.#view.localUnsafe(chainId)
	}

	canonical(chainId: ChainId, number: number): BlockRef | undefined {
		return this.#at(chainId, number)?.ref ?? this.#view.canonical(chainId, number)
	}

	executingMessages(chainId: ChainId, block: BlockId): readonly ExecutingLog[] {
		const early = this.#at(chainId, block.number)
		return early?.ref.hash === block.hash
			? readExecuting(early.record, chainId, block)
			: this.#view.executingMessages(chainId, block)
	}

	logHash(chainId: ChainId, block: BlockId, logIndex: number): Uint8Array | undefined {
		const early = this.#at(chainId, block.number)
		return early?.ref.hash === block.hash
			? readLogHash(early.record, chainId, block, logIndex)
			: this.#view.logHash(chainId, block, logIndex)
	}

	anchor(chainId: ChainId) {
		return this.#view.anchor(chainId)
	}

	firstKept(chainId: ChainId) {
		return this.#view.firstKept(chainId)
	}

	localSafe(chainId: ChainId, number: number) {
		return this.#view.localSafe(chainId, number)
	}

	source(chainId: ChainId, l1Number: number) {
		return this.#view.source(chainId, l1Number)
	}

	pendingInvalidation(chainId: ChainId) {
		return this.#view.pendingInvalidation(chainId)
	}

	disputed(chainId: ChainId) {
		return this.#view.disputed(chainId)
	}

	crossSafeHead(chainId: ChainId) {
		return this.#view.crossSafeHead(chainId)
	}

	crossSafe(chainId: ChainId, number: number) {
		return this.#view.crossSafe(chainId, number)
	}

	crossUnsafe(chainId: ChainId): BlockId | undefined {
		return this.#view.crossUnsafe(chainId)
	}

	#at(chainId: ChainId, number: number): EarlyBlock | undefined {
		const run = this.#run(chainId)
		const first = run[0]
		return first && run[number - first.ref.number]
	}

	#run(chainId: ChainId): readonly EarlyBlock[] {
		let run = this.#runs.get(chainId)
		if (run === undefined) {
			run = [...this.#extending(chainId)]
			this.#runs.set(chainId, run)
		}
		return run
	}

	/** What `seal` checks of a block, and what the indexer does before: L1 may have decided otherwise. */
	*#extending(chainId: ChainId): Generator<EarlyBlock> {
		const early = this.#early.get(chainId)
		let parent: BlockRef | undefined = this.#view.localUnsafe(chainId)
		// A chain that waits for a replacement has it put in place by other ways than by an unsafe block.
		if (early === undefined || this.#view.pendingInvalidation(chainId) !== undefined) return
		while (parent !== undefined) {
			const block = early.get(parent.number + 1)
			if (block === undefined || !extendsChain(chainId, parent, block.ref)) return
			if (this.#view.invalidated(chainId, block.ref) !== undefined) return
			const derived = this.#view.localSafe(chainId, block.ref.number)
			if (derived !== undefined && derived.hash !== block.ref.hash) return
			yield block
			parent = block.ref
		}
	}
}

function extendsChain(chainId: ChainId, parent: BlockRef, block: BlockRef): boolean {
	try {
		checkExtends(chainId, parent, block)
		return true
	} catch (error) {
		if (
			error instanceof ConflictError ||
			error instanceof FutureDataError ||
			error instanceof OutOfOrderError
		)
			return false
		throw error
	}
}
