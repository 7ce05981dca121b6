import { EventEmitter } from 'node:events'
import type { Logger } from 'pino'
import type { BlockRef } from '../protocol/block.js'
import type { Hash } from '../protocol/hash.js'
import { L1ChainView, type L1Reorg } from './chain-view.js'
import { HeadSubscription } from './head-subscription.js'
import { HeaderCache } from './header-cache.js'
import { HeaderPrefetch } from './header-prefetch.js'
import {
	L1BlockMissingError,
	L1ContradictionError,
	L1FeedClosedError,
	L1WrongChainError,
} from './l1-errors.js'
import { L1Health } from './l1-health.js'
import type { L1Source } from './l1-source.js'
import { LateL1Source } from './late-l1-source.js'
import { NextWaiters } from './next-waiters.js'
import { backoff, MAX_BACKOFF_MS, pause } from './pause.js'

/** A twelfth of L1's slot: what a node waits longer than it must is at most this. */
const POLL_MS = 1_000
/** While heads are pushed the poll only guards against a subscription that has gone silent: L1's slot. */
const WATCHDOG_MS = 12_000
/** Finality moves once in an epoch of 6.4 minutes. */
const FINALIZED_POLL_MS = 6_000
/** Pause after headers could not be read, doubled for each further time up to `MAX_BACKOFF_MS`. */
const FETCH_BACKOFF_MS = 250
/** About 300 bytes each: 5 MB. Room for the full read-ahead of a dozen nodes at different places. */
const CACHED_HEADERS = 16_384
/** Reads between two looks at the read-ahead: a look costs a map access for each header ahead. */
const LOOK_AHEAD_EVERY = 16
/** To ask for headers takes half a millisecond; the answer to a node leaves in the turn after the present one. */
const LOOK_AHEAD_MS = 1

export interface L1FeedOptions {
	/** L1 RPC endpoints, `http(s)://` or `ws(s)://`, in order of preference. */
	readonly urls: readonly string[]
	/** A block is handed out when the tip is this many blocks ahead of it (protocol notes, "L1 feed"; usually 2). */
	readonly confirmationDepth: number
	/** L1's chain ID (rollup config); an endpoint of another chain is never followed. Not checked if absent. */
	readonly chainId?: bigint
	/** What was final before the start: an L1 that has another block there is never followed. */
	readonly finalized?: BlockRef
	readonly pollIntervalMs?: number
	readonly watchdogIntervalMs?: number
	readonly finalizedPollIntervalMs?: number
	/** Deadline of one request. */
	readonly requestTimeoutMs?: number
}

export interface L1FeedModules {
	readonly log: Logger
	/** Instead of viem over `options.urls`. The feed closes it. */
	readonly source?: L1Source
}

export interface L1FeedEvents {
	tip: [tip: BlockRef]
	finalized: [block: BlockRef]
	reorg: [reorg: L1Reorg]
	contradiction: [error: L1ContradictionError]
	/** `held` has changed. */
	held: []
}

/**
 * The one view of L1 that everything else shares. It follows tip and finality, and hands L1 blocks out in order:
 *
 *     const feed = new L1Feed({ urls: ['http://localhost:8545'], confirmationDepth: 2 }, { log })
 *     await feed.start()
 *     const next = await feed.nextAfter(source.number, signal)
 *
 * L1 being down, late or of two minds never makes it fail: it waits, says so in the log, and goes on.
 */
export class L1Feed extends EventEmitter<L1FeedEvents> {
	readonly #options: L1FeedOptions
	readonly #log: Logger
	readonly #source: L1Source
	readonly #health: L1Health
	readonly #cache = new HeaderCache(CACHED_HEADERS)
	readonly #view: L1ChainView
	readonly #prefetch: HeaderPrefetch
	readonly #waiters = new NextWaiters()
	#running: Promise<unknown> | undefined
	#closed = false
	readonly #closing = new AbortController()
	/** Wakes the loop that polls the tip before its time. */
	#wake: (() => void) | undefined
	#fetchPause: NodeJS.Timeout | undefined
	#fetchFailures = 0
	readonly #heads: HeadSubscription
	#resolving = false
	#chainChecked = false
	readonly #holds = new Map<string, Error>()

	constructor(options: L1FeedOptions, modules: L1FeedModules) {
		super()
		this.#options = options
		this.#log = modules.log
		const timeout = options.requestTimeoutMs
		this.#source =
			modules.source ??
			new LateL1Source({ urls: options.urls, ...(timeout === undefined ? {} : { timeoutMs: timeout }) })
		this.#health = new L1Health(modules)
		this.#view = new L1ChainView({ source: this.#source, cache: this.#cache, events: this.#viewEvents() })
		this.#prefetch = new HeaderPrefetch({
			source: this.#source,
			cache: this.#cache,
			generation: () => this.#view.generation,
			onHeaders: (all) => {
				if (all) this.#fetchFailures = 0
				this.#serve()
			},
			onConflict: (upper) => void this.#resolveConflict(upper),
			onFailure: (error) => this.#pauseFetching(error),
		})
		this.#heads = new HeadSubscription({
			source: this.#source,
			onHead: (head) => void this.#push(head),
			onEnd: () => this.#wake?.(),
		})
	}

	/** The newest block that L1 reported and that links to those before it. */
	get tip(): BlockRef | undefined {
		return this.#view.tip
	}

	/** The newest final block; it never goes back. */
	get finalized(): BlockRef | undefined {
		return this.#view.finalized
	}

	/** L1 answered when it was asked last. */
	get isFollowed(): boolean {
		return this.#view.tip !== undefined && !this.#health.down
	}

	/** How many calls of `nextAfter` wait. */
	get waiting(): number {
		return this.#waiters.size
	}

	/**
	 * Hands out nothing more, because L1 contradicts what is stored, until `release` is called with the same key.
	 * Tip and finality are followed meanwhile, so that the end of the contradiction is seen.
	 */
	hold(key: string, reason: Error): void {
		if (this.#holds.has(key)) return
		this.#holds.set(key, reason)
		this.#log.fatal(
			{ err: reason },
			'L1 contradicts what is stored: no L1 block is given to nodes until it agrees again',
		)
		this.emit('held')
	}

	release(key: string): void {
		if (!this.#holds.delete(key)) return
		this.#log.warn('L1 agrees with what is stored again')
		this.emit('held')
		this.#serve()
	}

	/** Why nothing is handed out, if L1 contradicts what is stored. */
	get held(): Error | undefined {
		return this.#holds.values().next().value
	}

	/** Starts to follow L1. Resolves after the first attempt, whether L1 answered or not. */
	async start(): Promise<void> {
		if (this.#running !== undefined || this.#closed) return
		const first = this.#pollTip()
		this.#running = first.then((good) => Promise.all([this.#followTip(good), this.#followFinalized()]))
		await first
	}

	/** Ends everything: those who wait are rejected with `L1FeedClosedError`, requests and connections end. */
	async close(): Promise<void> {
		if (this.#closed) return
		this.#closed = true
		this.#closing.abort()
		clearTimeout(this.#fetchPause)
		this.#waiters.rejectAll(new L1FeedClosedError())
		this.#heads.stop()
		this.#source.close()
		await this.#running
	}

	/**
	 * The block after `number`, as soon as L1's tip is `confirmationDepth` ahead of it.
	 * Rejects only with the signal's reason, or with `L1FeedClosedError`.
	 */
	nextAfter(number: number, signal?: AbortSignal): Promise<BlockRef> {
		if (this.#closed) return Promise.reject(new L1FeedClosedError())
		if (signal?.aborted === true) return Promise.reject(signal.reason)
		const next = number + 1
		const limit = this.#limit()
		const known = next <= limit ? this.#cache.use(next) : undefined
		if (known !== undefined) {
			if (next % LOOK_AHEAD_EVERY === 0) this.#lookAhead(next + 1)
			return Promise.resolve(known)
		}
		const served = this.#waiters.wait(next, signal)
		if (next <= limit) {
			this.#prefetch.noteWait(next)
			this.#want(next, limit)
		} else {
			this.#prefetch.rest()
		}
		return served
	}

	/** The block with this number on L1's present chain, if it is in memory. */
	known(number: number): BlockRef | undefined {
		return this.#cache.get(number)
	}

	/**
	 * The block with this number on L1's present chain, undefined if there is none. From memory if it is known,
	 * unless `fresh`. Rejects with `L1RequestError` or `L1ResponseError`.
	 */
	async blockByNumber(number: number, options: { fresh?: boolean } = {}): Promise<BlockRef | undefined> {
		const known = options.fresh === true ? undefined : this.#cache.use(number)
		if (known !== undefined) return known
		const block = await this.#source.byNumber(number)
		if (block !== undefined) this.#view.notice(block)
		return block
	}

	/** The block with this hash if the L1 endpoint has it, on whatever branch. Rejects like `blockByNumber`. */
	blockByHash(hash: Hash): Promise<BlockRef | undefined> {
		return this.#source.byHash(hash)
	}

	#viewEvents() {
		return {
			tip: (tip: BlockRef) => {
				this.emit('tip', tip)
				this.#serve()
			},
			finalized: (block: BlockRef) => void this.emit('finalized', block),
			reorg: (reorg: L1Reorg) => {
				this.#log.warn({ ...reorg }, 'L1 reorg')
				this.emit('reorg', reorg)
			},
			contradiction: (error: L1ContradictionError) => {
				this.#log.error({ known: error.known, reported: error.reported }, error.message)
				this.emit('contradiction', error)
			},
			lagging: (head: BlockRef, tip: BlockRef) =>
				this.#health.notice('lagging', { head, tip }, 'L1 endpoint is behind what L1 reported before'),
		}
	}

	/** The newest block that may be handed out. */
	#limit(): number {
		return (this.held === undefined ? this.#view.reach : -1) - this.#options.confirmationDepth
	}

	/** Gives known blocks to those who wait, and asks for the others. */
	#serve(): void {
		const limit = this.#limit()
		for (const number of this.#waiters.numbers()) {
			if (number > limit) continue
			const block = this.#cache.use(number)
			if (block === undefined) this.#want(number, limit)
			else this.#waiters.serve(block)
		}
	}

	#want(number: number, limit: number): void {
		if (this.#fetchPause === undefined && !this.#resolving && !this.#closed)
			this.#prefetch.want(number, limit)
	}

	/** Sees that the headers from `number` on are read in time, but not before an answer that is ready has left. */
	#lookAhead(number: number): void {
		setTimeout(() => this.#want(number, this.#limit()), LOOK_AHEAD_MS)
	}

	#pauseFetching(error: unknown): void {
		if (this.#closed) return
		this.#health.notice('headers', { reason: messageOf(error) }, 'L1 headers could not be read; trying again')
		if (this.#fetchPause !== undefined) return
		const pauseMs = Math.min(FETCH_BACKOFF_MS * 2 ** this.#fetchFailures++, MAX_BACKOFF_MS)
		this.#fetchPause = setTimeout(() => {
			this.#fetchPause = undefined
			this.#serve()
		}, pauseMs)
	}

	async #resolveConflict(upper: number): Promise<void> {
		if (this.#resolving || this.#closed) return
		this.#resolving = true
		try {
			await this.#view.resolveConflict(upper)
		} catch (error) {
			this.#pauseFetching(error)
		}
		this.#resolving = false
		this.#serve()
	}

	async #followTip(firstGood: boolean): Promise<void> {
		const { pollIntervalMs = POLL_MS, watchdogIntervalMs = WATCHDOG_MS } = this.#options
		let good = firstGood
		let failures = 0
		while (!this.#closed) {
			failures = good ? 0 : failures + 1
			if (good) await this.#heads.ensure()
			const usual = this.#heads.takePushed() ? watchdogIntervalMs : pollIntervalMs
			await pause(good ? usual : backoff(pollIntervalMs, failures), this.#closing.signal, (wake) => {
				this.#wake = wake
			})
			if (!this.#closed) good = await this.#pollTip()
		}
	}

	async #followFinalized(): Promise<void> {
		const { finalizedPollIntervalMs = FINALIZED_POLL_MS } = this.#options
		while (!this.#closed) {
			try {
				// Before that it may be another chain, and a finalized block brings its tip along.
				if (this.#chainChecked) await this.#view.pollFinalized()
			} catch (error) {
				if (this.#closed) return
				const reason = messageOf(error)
				this.#health.notice('finalized', { reason }, 'L1 finality could not be read; trying again')
			}
			await pause(finalizedPollIntervalMs, this.#closing.signal)
		}
	}

	async #pollTip(): Promise<boolean> {
		try {
			if (!this.#chainChecked) await this.#checkChain()
			await this.#view.pollTip()
			this.#health.succeeded()
			this.#serve()
			return true
		} catch (error) {
			if (!this.#closed) this.#health.failed(error)
			return false
		}
	}

	async #checkChain(): Promise<void> {
		const { chainId } = this.#options
		if (chainId !== undefined) {
			const found = await this.#source.chainId()
			if (found !== chainId) throw new L1WrongChainError(chainId, found)
		}
		await this.#checkFinalized()
		this.#chainChecked = true
	}

	/** An endpoint that lags does not have the block yet, and is asked again. */
	async #checkFinalized(): Promise<void> {
		const { finalized } = this.#options
		if (finalized === undefined) return
		const found = await this.#source.byNumber(finalized.number)
		if (found === undefined) throw new L1BlockMissingError(finalized.number)
		if (found.hash !== finalized.hash) {
			const error = new L1ContradictionError(finalized, found, 'reorg below finality')
			this.hold('stored finality', error)
			throw error
		}
		this.#view.finalized ??= finalized
		this.release('stored finality')
	}

	async #push(head: BlockRef): Promise<void> {
		if (!this.#chainChecked || this.#closed) return
		try {
			await this.#view.pushHead(head)
		} catch (error) {
			if (!this.#closed)
				this.#health.notice('push', { reason: messageOf(error) }, 'a pushed L1 head is ignored')
		}
	}
}

function messageOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error)
}
