import type { Logger } from 'pino'
import { Backoff } from '../node/backoff.js'
import type { BlockId } from '../protocol/block.js'
import { formatBlock } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import type { Hash } from '../protocol/hash.js'
import { FollowerNode } from './follower-node.js'
import type { PayloadSource } from './payload-source.js'
import { FollowerWrongChainError } from './routing-errors.js'

/** Payloads that a node is given beyond its unsafe head: few, because it keeps them in memory. */
export const LOOK_AHEAD = 32
/** Without news a node is looked at this often: it may have been restarted, or reset. */
const LOOK_MS = 2_000
/** While it takes what it was given. */
const PROGRESS_MS = 100
/** A node that has not moved for so long may have dropped what it was given: it is given it again. */
const POST_AGAIN_MS = 5_000
const RETRY = { minDelayMs: 500, maxDelayMs: 10_000 } as const

/** The blocks of a chain that may be given to its nodes. */
export interface RoutedChain {
	/** The newest one; undefined while there is none. */
	head(): BlockId | undefined
	/** The block at this number, unless there is none, or what was derived from L1 contradicts it. */
	hash(number: number): Hash | undefined
}

/**
 * `starting`: nothing is known of it. `following`: its head is on our chain. `waiting`: it is on another branch, or
 * before the log index begins, and gets on by derivation or by a reset only. `down`: it does not answer, or is of a
 * wrong chain.
 */
export type FollowerState = 'starting' | 'following' | 'waiting' | 'down'

export interface FollowerModules {
	readonly log: Logger
	readonly chains: ReadonlyMap<ChainId, RoutedChain>
	readonly source: PayloadSource
	readonly onPosted?: (chainId: ChainId, url: string) => void
}

/** Gives one node the unsafe blocks that it lacks, in order, never far ahead of it. */
export class Follower {
	readonly url: string
	readonly #node: FollowerNode
	readonly #modules: FollowerModules
	readonly #log: Logger
	readonly #ending = new AbortController()
	readonly #backoff = new Backoff(RETRY)
	readonly #loop: Promise<void>
	#chainId: ChainId | undefined
	#state: FollowerState = 'starting'
	#head: BlockId | undefined
	/** The last block that it was given, and when its head moved or it was given something anew. */
	#posted: BlockId | undefined
	#movedAt = 0
	#hasNews = false
	#wake: () => void = () => {}

	constructor(address: string, modules: FollowerModules) {
		this.#node = new FollowerNode(address)
		this.url = this.#node.url
		this.#modules = modules
		this.#log = modules.log.child({ node: this.url })
		this.#loop = this.#run()
	}

	get chainId(): ChainId | undefined {
		return this.#chainId
	}

	get state(): FollowerState {
		return this.#state
	}

	/** Blocks between its unsafe head and that of its chain; undefined while either is not known. */
	get lag(): number | undefined {
		const head = this.#chainId === undefined ? undefined : this.#modules.chains.get(this.#chainId)?.head()
		if (head === undefined || this.#head === undefined) return undefined
		return Math.max(0, head.number - this.#head.number)
	}

	/** Its chain has a block more. */
	news(): void {
		this.#hasNews = true
		this.#wake()
	}

	async close(): Promise<void> {
		this.#ending.abort()
		this.#wake()
		await this.#loop
		await this.#node.close()
	}

	async #run(): Promise<void> {
		const { signal } = this.#ending
		while (!signal.aborted) {
			this.#hasNews = false
			try {
				const waitMs = await this.#step(signal)
				this.#backoff.reset()
				if (!this.#hasNews) await this.#pause(waitMs, true)
			} catch (error) {
				if (signal.aborted) return
				this.#fail(error)
				await this.#pause(RETRY.minDelayMs + this.#backoff.next(), false)
			}
		}
	}

	/** Looks at the node and gives it what it lacks; in how many milliseconds it is to be looked at again. */
	async #step(signal: AbortSignal): Promise<number> {
		const { chains } = this.#modules
		this.#chainId ??= await this.#node.chainId([...chains.keys()], signal)
		const chain = chains.get(this.#chainId)
		const head = await this.#node.unsafeHead(signal)
		if (head.hash !== this.#head?.hash) this.#movedAt = performance.now()
		this.#head = head
		const ours = chain?.head()
		if (chain === undefined || ours === undefined) return LOOK_MS
		const isAhead = head.number > ours.number
		if (!isAhead && chain.hash(head.number) !== head.hash) {
			this.#become('waiting', head)
			return LOOK_MS
		}
		this.#become('following', head)
		if (head.number >= ours.number) return LOOK_MS
		await this.#post(this.#chainId, chain, head, Math.min(ours.number, head.number + LOOK_AHEAD), signal)
		return PROGRESS_MS
	}

	async #post(
		chainId: ChainId,
		chain: RoutedChain,
		head: BlockId,
		to: number,
		signal: AbortSignal,
	): Promise<void> {
		const { source, onPosted } = this.#modules
		let parent = this.#resumeAfter(chain, head)
		while (parent.number < to) {
			const number = parent.number + 1
			const hash = chain.hash(number)
			if (hash === undefined) return
			const payload = await source.get(chainId, { number, hash }, signal)
			// The chain may have been cut meanwhile: the next look begins with what it is then.
			if (payload.block.parentHash !== parent.hash || chain.hash(number) !== hash) return
			await this.#node.post(payload, signal)
			this.#posted = { number, hash }
			onPosted?.(chainId, this.url)
			parent = this.#posted
		}
	}

	/** What it was given already is not given again, unless the chain is another by now or the node does not move. */
	#resumeAfter(chain: RoutedChain, head: BlockId): BlockId {
		const posted = this.#posted
		const isOurs = posted !== undefined && chain.hash(posted.number) === posted.hash
		const isStuck = performance.now() - this.#movedAt > POST_AGAIN_MS
		if (posted !== undefined && isOurs && posted.number > head.number && !isStuck) return posted
		this.#movedAt = performance.now()
		return head
	}

	#become(state: FollowerState, head: BlockId): void {
		if (this.#state === state) return
		this.#state = state
		const facts = { chain: `${this.#chainId}`, head: formatBlock(head) }
		if (state === 'following') this.#log.info(facts, 'unsafe blocks are routed to the node')
		else
			this.#log.warn(
				facts,
				'the unsafe head of the node is not of our chain: it is given no blocks until L1 or a reset brings it back',
			)
	}

	#fail(error: unknown): void {
		// Another node may come up at the address.
		this.#chainId = undefined
		this.#posted = undefined
		if (this.#state !== 'down' || error instanceof FollowerWrongChainError)
			this.#log.warn({ err: error }, 'unsafe blocks cannot be routed to the node, it is tried again')
		this.#state = 'down'
	}

	#pause(ms: number, untilNews: boolean): Promise<void> {
		return new Promise((resolve) => {
			const timer = setTimeout(resolve, ms)
			this.#wake = () => {
				if (!untilNews && !this.#ending.signal.aborted) return
				clearTimeout(timer)
				resolve()
			}
		})
	}
}
