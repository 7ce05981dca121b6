import type { BlockId } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import type { SafetyView, ScopedBlock } from './safety-view.js'

/** What a round has promoted of one chain and not committed yet. */
interface Staged {
	entries: ScopedBlock[]
	head: ScopedBlock | undefined
	/** First scope of blocks promoted in this round. */
	readonly scopes: Map<number, ScopedBlock>
	crossUnsafe: BlockId | undefined
	isUnsafeMoved: boolean
	changes: number
}

/**
 * A snapshot with the promotions of a round on top, so that one transaction can promote many blocks, each of which
 * may rest on the one before. It notes which chains a check has read: only news of those can change its outcome.
 */
export class RoundView implements SafetyView {
	readonly chainIds: readonly ChainId[]
	readonly #base: SafetyView
	readonly #staged = new Map<ChainId, Staged>()
	#read = new Set<ChainId>()

	constructor(base: SafetyView) {
		this.#base = base
		this.chainIds = base.chainIds
	}

	/** Runs `check` and tells which chains it has read. */
	observe<T>(check: () => T): { readonly result: T; readonly read: ReadonlySet<ChainId> } {
		const read = new Set<ChainId>()
		this.#read = read
		return { result: check(), read }
	}

	/** Grows with every promotion of the chain in this round. */
	changes(chainId: ChainId): number {
		return this.#staged.get(chainId)?.changes ?? 0
	}

	/** Puts a cross-safe entry on top of the chain; cross-unsafe is raised to it if it is not ahead. */
	promoteSafe(chainId: ChainId, entry: ScopedBlock): void {
		const staged = this.#stage(chainId)
		if (staged.head?.number !== entry.number) staged.scopes.set(entry.number, entry)
		staged.entries.push(entry)
		staged.head = entry
		const unsafe = staged.crossUnsafe
		if (unsafe === undefined || unsafe.number < entry.number || isOther(unsafe, entry)) {
			staged.crossUnsafe = { hash: entry.hash, number: entry.number }
			staged.isUnsafeMoved = true
		}
		staged.changes++
	}

	promoteUnsafe(chainId: ChainId, head: BlockId): void {
		const staged = this.#stage(chainId)
		staged.crossUnsafe = head
		staged.isUnsafeMoved = true
		staged.changes++
	}

	/** All that was promoted, by chain. */
	*promotions(): Generator<{ chainId: ChainId; crossSafe: readonly ScopedBlock[]; crossUnsafe?: BlockId }> {
		for (const [chainId, { entries, crossUnsafe, isUnsafeMoved }] of this.#staged) {
			const moved = isUnsafeMoved && crossUnsafe !== undefined ? { crossUnsafe } : {}
			yield { chainId, crossSafe: entries, ...moved }
		}
	}

	crossSafeHead(chainId: ChainId): ScopedBlock | undefined {
		this.#read.add(chainId)
		const staged = this.#staged.get(chainId)
		return staged === undefined ? this.#base.crossSafeHead(chainId) : staged.head
	}

	crossSafe(chainId: ChainId, number: number): ScopedBlock | undefined {
		this.#read.add(chainId)
		return this.#staged.get(chainId)?.scopes.get(number) ?? this.#base.crossSafe(chainId, number)
	}

	crossUnsafe(chainId: ChainId): BlockId | undefined {
		this.#read.add(chainId)
		const staged = this.#staged.get(chainId)
		return staged === undefined ? this.#base.crossUnsafe(chainId) : staged.crossUnsafe
	}

	anchor(chainId: ChainId) {
		this.#read.add(chainId)
		return this.#base.anchor(chainId)
	}

	firstKept(chainId: ChainId) {
		this.#read.add(chainId)
		return this.#base.firstKept(chainId)
	}

	canonical(chainId: ChainId, number: number) {
		this.#read.add(chainId)
		return this.#base.canonical(chainId, number)
	}

	localUnsafe(chainId: ChainId) {
		this.#read.add(chainId)
		return this.#base.localUnsafe(chainId)
	}

	localSafe(chainId: ChainId, number: number) {
		this.#read.add(chainId)
		return this.#base.localSafe(chainId, number)
	}

	source(chainId: ChainId, l1Number: number) {
		this.#read.add(chainId)
		return this.#base.source(chainId, l1Number)
	}

	pendingInvalidation(chainId: ChainId) {
		this.#read.add(chainId)
		return this.#base.pendingInvalidation(chainId)
	}

	disputed(chainId: ChainId) {
		this.#read.add(chainId)
		return this.#base.disputed(chainId)
	}

	// What a block hash contains never changes: not noted.

	executingMessages(chainId: ChainId, block: BlockId) {
		return this.#base.executingMessages(chainId, block)
	}

	logHash(chainId: ChainId, block: BlockId, logIndex: number) {
		return this.#base.logHash(chainId, block, logIndex)
	}

	#stage(chainId: ChainId): Staged {
		let staged = this.#staged.get(chainId)
		if (staged === undefined) {
			staged = {
				entries: [],
				head: this.#base.crossSafeHead(chainId),
				scopes: new Map(),
				crossUnsafe: this.#base.crossUnsafe(chainId),
				isUnsafeMoved: false,
				changes: 0,
			}
			this.#staged.set(chainId, staged)
		}
		return staged
	}
}

function isOther(a: BlockId, b: BlockId): boolean {
	return a.number === b.number && a.hash !== b.hash
}
