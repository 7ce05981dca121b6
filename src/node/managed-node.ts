import { EventEmitter } from 'node:events'
import type { Logger } from 'pino'
import type { RateLimitedLog } from '../observability/rate-limited-log.js'
import type {
	BlockId,
	BlockRef,
	BlockSeal,
	DerivedBlockRefPair,
	L2BlockRef,
	OutputV0,
} from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'
import type { CallOptions } from './call-table.js'
import {
	NodeChainMismatchError,
	NodeDisconnectedError,
	NodeError,
	NodeProtocolError,
	NodeRefusedError,
} from './errors.js'
import { EventFeed } from './event-feed.js'
import { HeldEvents } from './held-events.js'
import type { ManagedNodeEvents, ManagedNodeOptions, ManagedNodeState } from './managed-node-events.js'
import { NodeCalls } from './node-calls.js'
import { NodeClient } from './node-client.js'
import { type NodeMethod, nodeMethods } from './node-methods.js'
import type { ResetHeads } from './reset-heads.js'
import { troubleLog } from './trouble-log.js'

export type { ManagedNodeEvents, ManagedNodeOptions, ManagedNodeState } from './managed-node-events.js'

/** Somebody has to change a setting before a refused node is of use; until then it is asked now and then. */
const REFUSED_RETRY_MS = 10_000

/** What main asks a node for, and events, have some hundred bytes; receipts are fetched by the index workers. */
const MAX_FRAME_BYTES = 4 * 1024 * 1024

/** Calls that are soon followed by events. */
const HAVE_NODE_DERIVE: ReadonlySet<unknown> = new Set([
	nodeMethods.provideL1,
	nodeMethods.invalidateBlock,
	nodeMethods.reset,
	nodeMethods.resetPreInterop,
])

/**
 * A managed node: its chain is checked and its events are subscribed to, or pulled, after every (re)connect, and the
 * calls of the protocol go to a node that is `ready` only; before that they fail with NodeDisconnectedError.
 */
export class ManagedNode extends EventEmitter<ManagedNodeEvents> {
	readonly url: string
	readonly #client: NodeClient
	readonly #calls: NodeCalls
	readonly #log: Logger
	readonly #troubles: RateLimitedLog
	readonly #held: HeldEvents
	readonly #feed: EventFeed
	readonly #expected: ReadonlySet<ChainId>
	readonly #refusedRetryMs: number
	#chainId: ChainId | undefined
	#state: ManagedNodeState = 'starting'
	/** Why the node is down or refused. */
	#reason: Error | undefined
	#reopening: NodeJS.Timeout | undefined

	/** @throws TypeError or JwtSecretError for options that cannot be used, see NodeClient */
	constructor(
		options: ManagedNodeOptions,
		modules: {
			readonly log: Logger
			/** @see NodeCalls */
			readonly onCall?: (method: string, seconds: number, error?: unknown) => void
		},
	) {
		super()
		this.#client = new NodeClient({ maxFrameBytes: MAX_FRAME_BYTES, ...options }, modules)
		this.#calls = new NodeCalls({ ...modules, client: this.#client })
		this.url = this.#client.url
		this.#log = modules.log
		this.#troubles = troubleLog(modules)
		this.#expected = typeof options.expected === 'bigint' ? new Set([options.expected]) : options.expected
		if (typeof options.expected === 'bigint') this.#chainId = options.expected
		this.#refusedRetryMs = options.refusedRetryMs ?? REFUSED_RETRY_MS
		this.#held = new HeldEvents({
			emit: (event) => this.emit('event', event),
			pauseReading: () => this.#client.pauseReading(),
			resumeReading: () => this.#client.resumeReading(),
		})
		this.#feed = new EventFeed(
			options.events ?? {},
			{ client: this.#client },
			{
				onEvent: (event) => this.#held.take(event),
				onMalformed: (detail, cause) => this.#malformed(detail, cause),
				onInterrupted: (reason, againMs) => this.#interrupted(reason, againMs),
				onFailed: (reason) => this.#client.reconnect(reason),
			},
		)
		this.#client
			.on('connected', () => void this.#greet())
			.on('disconnected', (reason) => this.#lost(reason))
			.on('unreachable', (reason) => this.#lost(reason))
			.on('refused', (reason) => this.#lost(reason))
			.on('malformed', (error) => this.emit('malformed', error))
	}

	get state(): ManagedNodeState {
		return this.#state
	}

	/** Known from the first time that the node was ready; then it stays the same. */
	get chainId(): ChainId | undefined {
		return this.#chainId
	}

	/** Why the node is not ready, if it was refused or lost. */
	get reason(): Error | undefined {
		return this.#reason
	}

	start(): void {
		this.#client.start()
	}

	/** Fails all calls and closes the connection. Nothing is emitted any more. Resolves when its sockets are gone. */
	close(): Promise<void> {
		this.#state = 'closed'
		this.#stopEvents()
		return this.#client.close()
	}

	/**
	 * Holds back events for a consumer that cannot keep up. Where they are pulled, nothing is pulled. Where they are
	 * pushed answers still come in, until more events came than are held; then nothing is read from the socket any
	 * more, and calls time out.
	 */
	pause(): void {
		this.#held.pause()
		this.#feed.pause()
	}

	/** Emits what was held back, then goes on. */
	resume(): void {
		this.#held.resume()
		if (!this.#held.isPaused) this.#feed.resume()
	}

	/** Gives the node its next L1 block. The events that it causes may come before this resolves. */
	provideL1(next: BlockRef, options?: CallOptions): Promise<void> {
		this.#client.providedL1(next.number)
		return this.#call(nodeMethods.provideL1, [next], options)
	}

	updateCrossUnsafe(head: BlockId, options?: CallOptions): Promise<void> {
		return this.#call(nodeMethods.updateCrossUnsafe, [head], options)
	}

	updateCrossSafe(derived: BlockId, source: BlockId, options?: CallOptions): Promise<void> {
		return this.#call(nodeMethods.updateCrossSafe, [derived, source], options)
	}

	updateFinalized(head: BlockId, options?: CallOptions): Promise<void> {
		return this.#call(nodeMethods.updateFinalized, [head], options)
	}

	/** The node replaces the block and emits `replaceBlock`. */
	invalidateBlock(block: BlockSeal, options?: CallOptions): Promise<void> {
		return this.#call(nodeMethods.invalidateBlock, [block], options)
	}

	/** @throws NodeRpcError -39001: a target is unknown to the node; -39002: it has another block, told in `data` */
	reset(heads: ResetHeads, options?: CallOptions): Promise<void> {
		return this.#call(nodeMethods.reset, [heads], options)
	}

	resetPreInterop(options?: CallOptions): Promise<void> {
		return this.#call(nodeMethods.resetPreInterop, [], options)
	}

	/** @throws NodeBlockNotFoundError */
	l2BlockRefByNumber(number: number, options?: CallOptions): Promise<L2BlockRef> {
		return this.#call(nodeMethods.l2BlockRefByNumber, [number], options)
	}

	/** @throws NodeBlockNotFoundError */
	l2BlockRefByTimestamp(timestamp: number, options?: CallOptions): Promise<L2BlockRef> {
		return this.#call(nodeMethods.l2BlockRefByTimestamp, [timestamp], options)
	}

	/** @throws NodeBlockNotFoundError */
	outputV0AtTimestamp(timestamp: number, options?: CallOptions): Promise<OutputV0> {
		return this.#call(nodeMethods.outputV0AtTimestamp, [timestamp], options)
	}

	/** @throws NodeBlockNotFoundError */
	pendingOutputV0AtTimestamp(timestamp: number, options?: CallOptions): Promise<OutputV0> {
		return this.#call(nodeMethods.pendingOutputV0AtTimestamp, [timestamp], options)
	}

	/** @throws NodeRpcError -39003: interop is not active at genesis */
	anchorPoint(options?: CallOptions): Promise<DerivedBlockRefPair> {
		return this.#call(nodeMethods.anchorPoint, [], options)
	}

	async #call<Params extends readonly unknown[], Result>(
		method: NodeMethod<Params, Result>,
		params: Params,
		options: CallOptions | undefined,
	): Promise<Result> {
		this.#requireReady()
		const result = await this.#calls.call(method, params, options)
		if (HAVE_NODE_DERIVE.has(method)) this.#feed.expect()
		return result
	}

	#requireReady(): void {
		if (this.#state === 'ready') return
		const detail = this.#reason?.message ?? `it is ${this.#state}`
		throw new NodeDisconnectedError(this.url, detail, { cause: this.#reason })
	}

	/** What is done on every new connection before it is of use. */
	async #greet(): Promise<void> {
		await this.#attempt(async () => {
			await this.#checkChain()
			await this.#feed.open()
		})
	}

	async #checkChain(): Promise<void> {
		const found = await this.#calls.call(nodeMethods.chainId, [])
		const expected = this.#chainId === undefined ? this.#expected : new Set([this.#chainId])
		if (!expected.has(found)) throw new NodeChainMismatchError(this.url, found, [...expected])
		this.#chainId = found
	}

	/** Makes the node ready by `steps`, or takes the connection down with the reason why not. */
	async #attempt(steps: () => Promise<void>): Promise<void> {
		try {
			await steps()
		} catch (error) {
			if (!(error instanceof NodeError)) throw error
			// Of a connection that was lost meanwhile `#lost` has been told already.
			if (this.#client.connected && !(error instanceof NodeDisconnectedError)) {
				this.#client.reconnect(error, error instanceof NodeRefusedError ? this.#refusedRetryMs : 0)
			}
			return
		}
		if (this.#state === 'closed' || !this.#client.connected || !this.#feed.isOpen) return
		this.#state = 'ready'
		this.#reason = undefined
		this.#log.info(
			{ node: this.url, chain: this.#chainId?.toString(), events: this.#feed.way },
			'node is ready',
		)
		this.emit('ready')
		this.#held.open()
	}

	#malformed(detail: string, cause?: Error): void {
		const error = new NodeProtocolError(this.url, detail, cause === undefined ? {} : { cause })
		this.#troubles.log(
			'warn',
			'malformed',
			{ node: this.url, chain: this.#chainId?.toString(), reason: error.message },
			'node sent a malformed event',
		)
		this.emit('malformed', error)
	}

	/** Events in between are lost, so the node is as good as down until it delivers again. */
	#interrupted(reason: NodeError, againMs: number): void {
		this.#lost(reason)
		this.#reopening = setTimeout(() => void this.#attempt(() => this.#feed.open()), againMs)
	}

	#lost(reason: NodeError): void {
		this.#stopEvents()
		if (this.#state === 'closed') return
		if (reason instanceof NodeRefusedError) {
			const isKnown = this.#state === 'refused' && this.#reason?.message === reason.message
			this.#state = 'refused'
			this.#reason = reason
			if (isKnown) return
			const about = { node: this.url, chain: this.#chainId?.toString() }
			this.#log.error({ ...about, reason: reason.message }, 'node is refused')
			this.emit('refused', reason)
			return
		}
		const isKnown = this.#state === 'down'
		this.#state = 'down'
		this.#reason = reason
		if (!isKnown) this.emit('down', reason)
	}

	#stopEvents(): void {
		clearTimeout(this.#reopening)
		this.#feed.close()
		this.#held.drop()
	}
}
