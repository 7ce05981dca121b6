import type { Logger } from 'pino'
import { backoffMs } from '../indexing/backoff.js'
import { type BlockId, blockId } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import { type InvalidBlock, promotionRound } from '../safety/promotion-round.js'
import type { SafetyRules } from '../safety/rules.js'
import { unsafeHeads } from '../safety/unsafe-heads.js'
import { WaitList } from '../safety/wait-list.js'
import {
	type CrossSafeBlock,
	type EarlyBlock,
	EarlyView,
	type Promotion,
	type Snapshot,
	StorageWriteError,
} from '../storage/index.js'
import type { CommitBudget } from './commit-budget.js'

/** What the promoter needs of the store. */
export interface PromotionStore {
	read<T>(action: (view: Snapshot) => T): T
	promote(promotion: Promotion): Promise<boolean>
}

/** The heads of one chain that no one has stored yet. */
export interface FoundChainHeads {
	readonly chainId: ChainId
	readonly crossUnsafe?: BlockId
	readonly crossSafe?: CrossSafeBlock
}

/** The newest heads of a chain that are known, stored or not. */
export type NewestHeads = Omit<FoundChainHeads, 'chainId'>

export type SafetyReport =
	/**
	 * These heads were found, and are not stored yet: nodes need not wait for the disk, because a head that is lost is
	 * found again. Void if the cluster's generation is another by now.
	 */
	| {
			readonly kind: 'found'
			readonly generation: number
			readonly heads: readonly FoundChainHeads[]
	  }
	/** Heads of these chains moved; they are stored. */
	| {
			readonly kind: 'promoted'
			readonly chainIds: readonly ChainId[]
			readonly counts: PromotionCounts
			/** Time of the checks, and of the commit. */
			readonly roundMs: number
			readonly commitMs: number
	  }
	/** This block must be invalidated, unless the cluster's generation is another by now. */
	| ({ readonly kind: 'invalid'; readonly generation: number } & InvalidBlock)
	/** Promotions do not get on. */
	| { readonly kind: 'trouble'; readonly message: string }

/** Since the start. */
export interface PromotionCounts {
	readonly rounds: number
	/** Promotions that were void because a cut came between. */
	readonly discarded: number
	readonly crossSafe: number
	readonly crossUnsafe: number
}

/**
 * Steps of one round and transaction. At 5 to 50 us a step a round is short enough that a cut does not void much
 * work, and long enough that a commit (milliseconds, where the disk is slow) is nothing beside it.
 */
const STEPS_PER_ROUND = 2_000

/** Blocks of a chain above its stored head that are looked at before they are stored. */
const MAX_EARLY_BLOCKS = 8

/** Promotes until nothing more can be promoted, then sleeps until there is news. */
export class Promoter {
	readonly #store: PromotionStore
	readonly #rules: SafetyRules
	readonly #report: (report: SafetyReport) => void
	readonly #log: Logger
	readonly #budget: CommitBudget | undefined
	readonly #beginRound: () => void
	readonly #waits = new WaitList()
	readonly #counts = { rounds: 0, discarded: 0, crossSafe: 0, crossUnsafe: 0 }
	readonly #reported = new Map<ChainId, string>()
	/** By chain and number; of each chain a few above its stored head. */
	readonly #early = new Map<ChainId, Map<number, EarlyBlock>>()
	#earlyGeneration = 0
	readonly #loop: Promise<void>
	#hasNews = true
	#wake: () => void = () => {}
	#closed = false

	constructor(modules: {
		readonly store: PromotionStore
		readonly rules: SafetyRules
		readonly report: (report: SafetyReport) => void
		readonly log: Logger
		/** Limits how often news is acted on; without it every time. */
		readonly budget?: CommitBudget
		/** Called before a round takes its snapshot: what is told from now on may not be in it. */
		readonly beginRound?: () => void
	}) {
		this.#store = modules.store
		this.#rules = modules.rules
		this.#report = modules.report
		this.#log = modules.log
		this.#budget = modules.budget
		this.#beginRound = modules.beginRound ?? (() => {})
		this.#loop = this.#run()
	}

	/** Something was committed that may allow promotions. */
	news(): void {
		this.#hasNews = true
		this.#wake()
	}

	/**
	 * An index thread has decoded this block, and will write it. Nodes hear of cross-unsafe heads that it leads to without
	 * any wait for the disk; what is stored is left to the rounds.
	 */
	early(chainId: ChainId, block: EarlyBlock): void {
		if (this.#closed) return
		try {
			this.#store.read((view) => {
				this.#keepEarly(view, chainId, block)
				this.#reportFound(unsafeHeads(new EarlyView(view, this.#early), this.#rules), view.generation)
			})
		} catch (error) {
			// The round that comes to the block fails in the same way, and tells it as loud as it is.
			this.#log.warn(
				{ err: error, chain: chainId.toString() },
				'a block cannot be checked before it is stored',
			)
		}
	}

	/** Ends after the round in hand, and one more if there is news that no round has seen. */
	async close(): Promise<void> {
		this.#closed = true
		this.#wake()
		await this.#loop
		if (!this.#hasNews) return
		try {
			await this.#round()
		} catch (error) {
			this.#log.warn({ err: error }, 'the last promotions are left for the next start')
		}
	}

	async #run(): Promise<void> {
		let isAtFixedPoint = true
		for (let attempt = 0; !this.#closed; ) {
			if (isAtFixedPoint && !this.#hasNews) {
				await new Promise<void>((resolve) => {
					this.#wake = resolve
				})
				continue
			}
			const waitMs = isAtFixedPoint ? (this.#budget?.take() ?? 0) : 0
			if (waitMs > 0) {
				await this.#pause(waitMs)
				continue
			}
			this.#hasNews = false
			this.#beginRound()
			try {
				isAtFixedPoint = await this.#round()
				attempt = 0
			} catch (error) {
				isAtFixedPoint = false
				await this.#failed(error, ++attempt)
			}
		}
	}

	/** One round; true if it ended at a fixed point. */
	async #round(): Promise<boolean> {
		const began = performance.now()
		const { generation, result } = this.#store.read((view) => {
			this.#waits.beginRound(new Map(view.chainIds.map((chainId) => [chainId, versionOf(view, chainId)])))
			const options = { maxSteps: STEPS_PER_ROUND, waits: this.#waits }
			return { generation: view.generation, result: promotionRound(view, this.#rules, options) }
		})
		this.#counts.rounds++
		const checked = performance.now()
		if (result.promotions.length > 0) {
			this.#reportFound(result.promotions, generation)
			if (!(await this.#store.promote({ generation, chains: result.promotions }))) {
				this.#counts.discarded++
				return false
			}
			for (const { crossSafe, crossUnsafe } of result.promotions) {
				this.#counts.crossSafe += crossSafe.length
				if (crossUnsafe !== undefined) this.#counts.crossUnsafe++
			}
			const chainIds = result.promotions.map(({ chainId }) => chainId)
			this.#report({
				kind: 'promoted',
				chainIds,
				counts: { ...this.#counts },
				roundMs: checked - began,
				commitMs: performance.now() - checked,
			})
		}
		for (const invalid of result.invalid) this.#reportInvalid(invalid, generation)
		return result.isFixedPoint
	}

	#reportFound(promotions: Promotion['chains'], generation: number): void {
		if (promotions.length === 0) return
		const heads = promotions.map(({ chainId, crossUnsafe, crossSafe = [] }) => {
			const safe = crossSafe.at(-1)
			return {
				chainId,
				...(crossUnsafe === undefined ? {} : { crossUnsafe: blockId(crossUnsafe) }),
				...(safe === undefined ? {} : { crossSafe: { ...blockId(safe), scope: safe.scope } }),
			}
		})
		this.#report({ kind: 'found', generation, heads })
	}

	/** Keeps an early block until the store has it, or a cut was made: then nobody knows any more that it will. */
	#keepEarly(view: Snapshot, chainId: ChainId, block: EarlyBlock): void {
		if (view.generation !== this.#earlyGeneration) this.#early.clear()
		this.#earlyGeneration = view.generation
		const kept = this.#early.get(chainId) ?? new Map<number, EarlyBlock>()
		this.#early.set(chainId, kept)
		kept.set(block.ref.number, block)
		const head = view.localUnsafe(chainId)?.number ?? -1
		for (const number of kept.keys())
			if (number <= head || number > head + MAX_EARLY_BLOCKS) kept.delete(number)
	}

	/** Once a generation: main acts on it, and that raises the generation. */
	#reportInvalid(invalid: InvalidBlock, generation: number): void {
		const key = `${generation} ${invalid.block.hash}`
		if (this.#reported.get(invalid.chainId) === key) return
		this.#reported.set(invalid.chainId, key)
		this.#report({ kind: 'invalid', generation, ...invalid })
	}

	async #failed(error: unknown, attempt: number): Promise<void> {
		const message = error instanceof Error ? error.message : String(error)
		// A full disk is waited for. Anything else is a fault of the data or of the program: loud, and tried again,
		// because the next cut or link may take the cause away.
		const facts = { err: error, attempt }
		if (error instanceof StorageWriteError) this.#log.error(facts, 'promotions cannot be written')
		else this.#log.fatal(facts, 'cross-safety checks fail')
		this.#report({ kind: 'trouble', message })
		await this.#pause(backoffMs(attempt))
	}

	/** Waits; only close() ends it early. */
	#pause(ms: number): Promise<void> {
		return new Promise<void>((resolve) => {
			const timer = setTimeout(resolve, ms)
			this.#wake = () => {
				if (!this.#closed) return
				clearTimeout(timer)
				resolve()
			}
		})
	}
}

/** Changes whenever something changes about the chain that a check can read. */
function versionOf(view: Snapshot, chainId: ChainId): string {
	const unsafe = view.localUnsafe(chainId)
	const safe = view.localSafeHead(chainId)
	const cross = view.crossSafeHead(chainId)
	const crossUnsafe = view.crossUnsafe(chainId)
	return [
		view.generation,
		unsafe?.number,
		safe?.derived.number,
		safe?.source.number,
		cross?.number,
		cross?.scope,
		crossUnsafe?.number,
	].join(' ')
}
