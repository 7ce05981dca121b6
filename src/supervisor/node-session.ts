import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { backoffMs } from '../indexing/backoff.js'
import type { ResetHeads } from '../node/reset-heads.js'
import type { BlockId, BlockRef, L2BlockRef } from '../protocol/block.js'
import { formatBlock } from '../protocol/block.js'

/** What a session needs of a managed node's connection. */
export interface SessionNode {
	readonly url: string
	provideL1(block: BlockRef): Promise<void>
	reset(heads: ResetHeads): Promise<void>
	resetPreInterop(): Promise<void>
	l2BlockRefByNumber(number: number): Promise<L2BlockRef>
	pause(): void
	resume(): void
}

export interface NodeSessionModules {
	readonly node: SessionNode
	/** The node's address as index workers dial it; it may hold credentials and is never shown. */
	readonly address: string
	readonly log: Logger
	/** The L1 block after `number`, as soon as it is known and deep enough. */
	readonly nextL1: (number: number, signal: AbortSignal) => Promise<BlockRef>
	/** Chooses the heads that this node is reset to; undefined: by its own pre-interop rules. */
	readonly chooseReset: (session: NodeSession) => Promise<ResetHeads | undefined>
	/** Last L1 block that the chain's links come from, if any. */
	readonly lastSource: () => BlockId | undefined
}

/**
 * op-node repeats `exhaustL1` with every L1 head that it sees while it waits. A repeat that crossed our answer on
 * the wire must not be answered again, because the node would take that for an L1 block that does not follow.
 */
const ANSWER_ONCE_MS = 2_000

/**
 * A node that should derive and has said nothing for this long after a connect or a reset is given the L1 block
 * after its last known source again: op-node swallows events that repeat an earlier one (protocol notes, "Further
 * rules"). A wrong guess costs one reset.
 */
const SILENCE_MS = 2_000

/** One node of a chain, from connect to disconnect: what it waits for, and its resets. */
export class NodeSession {
	readonly #modules: NodeSessionModules
	readonly #log: Logger
	readonly #silenceMs: number
	#connection = new AbortController()
	#waiting: { readonly after: BlockId; readonly stop: AbortController } | undefined
	#provided: { readonly after: BlockId; readonly at: number } | undefined
	#resetting: Promise<void> | undefined
	#resetsInARow = 0
	#silence: NodeJS.Timeout | undefined
	/** Resets that were started, for metrics and tests. */
	resets = 0

	constructor(modules: NodeSessionModules, options: { silenceMs?: number } = {}) {
		this.#modules = modules
		this.#log = modules.log
		this.#silenceMs = options.silenceMs ?? SILENCE_MS
		this.#connection.abort()
	}

	get url(): string {
		return this.#modules.node.url
	}

	get address(): string {
		return this.#modules.address
	}

	get connected(): boolean {
		return !this.#connection.signal.aborted
	}

	/** While a reset is under way the node's other events are ignored. */
	get resetting(): boolean {
		return this.#resetting !== undefined
	}

	/** The node is there and subscribed. */
	connect(): void {
		this.#connection.abort()
		this.#connection = new AbortController()
		this.#forget()
		this.#watchSilence()
	}

	disconnect(): void {
		this.#connection.abort()
		clearTimeout(this.#silence)
		this.#forget()
	}

	/** The node sent something. */
	heard(): void {
		clearTimeout(this.#silence)
	}

	/** The chain grew by this node's events: its resets have led somewhere. */
	progressed(): void {
		this.#resetsInARow = 0
	}

	pause(): void {
		this.#modules.node.pause()
	}

	resume(): void {
		this.#modules.node.resume()
	}

	/** The node's block of that number, or undefined if it has none. */
	async refByNumber(number: number): Promise<L2BlockRef | undefined> {
		try {
			return await this.#modules.node.l2BlockRefByNumber(number)
		} catch (error) {
			if (error instanceof Error && error.name === 'NodeBlockNotFoundError') return undefined
			throw error
		}
	}

	/** The node waits for the L1 block after `source`: give it that block the moment that it is known. */
	provideAfter(source: BlockId): void {
		if (!this.connected || this.#waiting?.after.hash === source.hash) return
		const again = this.#provided?.after.hash === source.hash
		if (again && Date.now() - (this.#provided?.at ?? 0) < ANSWER_ONCE_MS) return
		this.#waiting?.stop.abort()
		const waiting = { after: source, stop: new AbortController() }
		this.#waiting = waiting
		this.#provide(waiting).catch((error: unknown) => {
			if (waiting.stop.signal.aborted || !this.connected) return
			this.#log.warn(
				{ node: this.url, after: formatBlock(source), err: error },
				'the next L1 block did not reach the node',
			)
			this.#watchSilence()
		})
	}

	async #provide(waiting: { after: BlockId; stop: AbortController }): Promise<void> {
		const signal = AbortSignal.any([waiting.stop.signal, this.#connection.signal])
		const next = await this.#modules.nextL1(waiting.after.number, signal)
		if (signal.aborted) return
		this.#waiting = undefined
		this.#provided = { after: waiting.after, at: Date.now() }
		await this.#modules.node.provideL1(next)
	}

	/** Resets the node to what the store holds. Does nothing while a reset is under way. */
	startReset(reason: string): void {
		if (!this.connected || this.#resetting !== undefined) return
		this.#forget()
		this.resets++
		this.#resetting = this.#reset(reason, this.#connection.signal).finally(() => {
			this.#resetting = undefined
			this.#watchSilence()
		})
	}

	async #reset(reason: string, signal: AbortSignal): Promise<void> {
		this.#log.warn({ node: this.url, reason }, 'resetting the node')
		while (!signal.aborted) {
			// Resets that lead nowhere must not become a storm. An aborted sleep is a disconnect: seen below.
			if (this.#resetsInARow++ > 0)
				await sleep(backoffMs(this.#resetsInARow), undefined, { signal }).catch(() => {})
			if (signal.aborted) return
			try {
				const heads = await this.#modules.chooseReset(this)
				if (heads === undefined) await this.#modules.node.resetPreInterop()
				else await this.#modules.node.reset(heads)
				this.#log.info(
					{ node: this.url, localSafe: heads && formatBlock(heads.localSafe) },
					heads === undefined ? 'the node resets by its own pre-interop rules' : 'the node is reset',
				)
				return
			} catch (error) {
				if (!signal.aborted)
					this.#log.warn({ node: this.url, err: error }, 'the reset failed, it is tried again')
			}
		}
	}

	#forget(): void {
		this.#waiting?.stop.abort()
		this.#waiting = undefined
		this.#provided = undefined
	}

	#watchSilence(): void {
		clearTimeout(this.#silence)
		if (!this.connected) return
		this.#silence = setTimeout(() => {
			const source = this.#modules.lastSource()
			if (source === undefined || this.#waiting !== undefined || this.resetting) return
			this.#log.info(
				{ node: this.url, after: formatBlock(source) },
				'the node is silent, it is given the next L1 block',
			)
			this.provideAfter(source)
		}, this.#silenceMs)
	}
}
