import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { ChainId } from '../protocol/chain-id.js'
import { StorageWriteError, type Store } from '../storage/index.js'

/** Blocks of each chain that one transaction removes: about 5 ms of main's time. */
const BLOCKS_PER_STEP = 256
/** Log records that one transaction looks at. */
const RECORDS_PER_STEP = 256
/** Between two transactions: a hundred times as fast as blocks come, and the tip has the disk for itself in between. */
const STEP_PAUSE_MS = 1_000
/** When there is nothing to do. */
const IDLE_PAUSE_MS = 60_000
/** Records are swept so long after the rows that named them are gone: copies and checks of a store take minutes. */
const SWEEP_AFTER_MS = 6 * 3_600_000

export interface RetentionOptions {
	/** Seconds before what is final in all chains. */
	readonly retention: number
	readonly stepPauseMs?: number
	readonly idlePauseMs?: number
	readonly sweepAfterMs?: number
}

/** Removes what is older than the retention, in small steps beside everything else, until it is closed. */
export class Retention {
	readonly #options: RetentionOptions
	readonly #store: Pick<Store, 'prune' | 'markSweep' | 'sweepMark' | 'sweep' | 'read'>
	readonly #log: Logger
	readonly #closed = new AbortController()
	readonly #loop: Promise<void>
	readonly #cursors = new Map<ChainId, number | undefined>()
	#sweeping: readonly ChainId[] = []

	constructor(options: RetentionOptions, modules: { readonly log: Logger; readonly store: Store }) {
		this.#options = options
		this.#store = modules.store
		this.#log = modules.log
		this.#loop = this.#run()
	}

	/** Resolves when the step under way is done. */
	async close(): Promise<void> {
		this.#closed.abort()
		await this.#loop
	}

	async #run(): Promise<void> {
		const { stepPauseMs = STEP_PAUSE_MS, idlePauseMs = IDLE_PAUSE_MS } = this.#options
		const { signal } = this.#closed
		while (!signal.aborted) {
			let isBusy = false
			try {
				isBusy = await this.#step()
			} catch (error) {
				// A full disk is waited for; removing something needs a few pages, too.
				const facts = { err: error }
				if (error instanceof StorageWriteError) this.#log.warn(facts, 'old blocks cannot be removed now')
				else this.#log.error(facts, 'old blocks cannot be removed, it is tried again')
			}
			// Ended by close.
			await sleep(isBusy ? stepPauseMs : idlePauseMs, undefined, { signal }).catch(() => undefined)
		}
	}

	/** True if there is more to do. */
	async #step(): Promise<boolean> {
		const { retention } = this.#options
		const blocks = await this.#store.prune({ retention, limit: BLOCKS_PER_STEP })
		if (blocks > 0) this.#log.debug({ blocks }, 'old blocks were removed')
		return (await this.#sweepStep()) || blocks > 0
	}

	async #sweepStep(): Promise<boolean> {
		if (this.#sweeping.length === 0 && !(await this.#beginSweep())) return false
		const [chainId, ...others] = this.#sweeping
		if (chainId === undefined) return false
		const mark = this.#store.sweepMark(chainId)
		if (mark === undefined) {
			this.#sweeping = others
			return true
		}
		const from = this.#cursors.get(chainId) ?? 0
		const { removed, next } = await this.#store.sweep(chainId, mark, { from, limit: RECORDS_PER_STEP })
		if (removed > 0) this.#log.debug({ chain: `${chainId}`, records: removed }, 'log records were removed')
		if (next === undefined) {
			this.#cursors.delete(chainId)
			this.#sweeping = others
			if (others.length === 0) await this.#store.markSweep(Date.now())
		} else this.#cursors.set(chainId, next)
		return true
	}

	/** A sweep begins when the marks are old enough; if there are none, they are made now. */
	async #beginSweep(): Promise<boolean> {
		const { sweepAfterMs = SWEEP_AFTER_MS } = this.#options
		const chainIds = this.#store.read((view) => view.chainIds)
		const marks = chainIds.map((chainId) => this.#store.sweepMark(chainId))
		const due = marks.every((mark) => mark !== undefined && Date.now() - mark.at >= sweepAfterMs)
		if (due) this.#sweeping = chainIds
		else if (marks.some((mark) => mark === undefined) && this.#isFinal(chainIds)) {
			await this.#store.markSweep(Date.now())
		}
		return due
	}

	#isFinal(chainIds: readonly ChainId[]): boolean {
		return this.#store.read((view) => chainIds.every((chainId) => view.finalized(chainId) !== undefined))
	}
}
