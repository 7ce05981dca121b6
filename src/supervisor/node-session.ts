import type { Logger } from 'pino'
import type { BlockId, BlockRef, BlockSeal, L2BlockRef } from '../protocol/block.js'
import { formatBlock } from '../protocol/block.js'
import type { ManagedEvent } from '../protocol/managed-event.js'
import { InvalidationCall, type InvalidationNode } from './invalidation-call.js'
import { type HeadCalls, NodeHeads } from './node-heads.js'
import { NodeReset, type NodeResetModules, type ResetNode } from './node-reset.js'
import type { ResetLimits } from './reset-target.js'
import { Silence } from './silence.js'

/** What a session needs of a managed node's connection. */
export interface SessionNode extends HeadCalls, InvalidationNode, ResetNode {
	readonly url: string
	provideL1(block: BlockRef): Promise<void>
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
	readonly chooseReset: NodeResetModules['choose']
	/** Whether the replacement of an invalid block is known. */
	readonly isReplaced: (block: BlockId) => boolean
	/** Last L1 block that the chain's links come from, or that of its genesis. */
	readonly lastSource: () => BlockId | undefined
	/** Takes an event that came while a reset was on its way to the node, after the node has accepted it. */
	readonly afterReset: (event: ManagedEvent) => void
	/** Compares the node's blocks with the chain. */
	readonly compare: () => void
	/** A reset is done. */
	readonly wasReset: () => void
}

/**
 * op-node repeats `exhaustL1` with every L1 head that it sees while it waits. A repeat that crossed our answer on
 * the wire must not be answered again, because the node would take that for an L1 block that does not follow.
 */
const ANSWER_ONCE_MS = 2_000

/** A node says a few things between a reset and its answer; what comes beyond is lost, as if it had come before. */
const MAX_HELD_EVENTS = 256

/** A node that is to be given the L1 block after another one. */
interface Waiting {
	readonly after: BlockId
	readonly stop: AbortController
	/** The node has not said that it waits for that one. */
	readonly isGuess: boolean
}

/** One node of a chain, from connect to disconnect: what it waits for, and its resets. */
export class NodeSession {
	/** Tells the node the heads of its chain. */
	readonly heads: NodeHeads
	readonly invalidation: InvalidationCall
	readonly #modules: NodeSessionModules
	readonly #log: Logger
	readonly #silence: Silence
	#connection = new AbortController()
	#waiting: Waiting | undefined
	#provided: { readonly after: BlockId; readonly at: number } | undefined
	#resetting: Promise<void> | undefined
	/** Events since the reset call was sent. */
	#held: ManagedEvent[] | undefined
	#resetsBeforeFirstLink = 0
	/** On this connection it has begun to derive anew: a reset, or a replacement. */
	#hasStartedOver = false
	/** The newest L1 block that the node has told of since it was connected or reset. */
	#source: BlockId | undefined
	#agreed: number | undefined
	/** It was told less than there is, and can be told more when it has come further. */
	isBehind = false
	readonly #reset: NodeReset

	constructor(modules: NodeSessionModules, options: { silenceMs?: number } = {}) {
		this.#modules = modules
		this.#log = modules.log
		this.heads = new NodeHeads(modules.node, modules)
		this.invalidation = new InvalidationCall(modules.node, {
			log: modules.log,
			refused: (block) => void this.#refusedToReplace(block),
		})
		this.#reset = new NodeReset({
			node: modules.node,
			log: modules.log,
			choose: modules.chooseReset,
			sending: () => {
				this.#held = []
			},
			taken: (heads) => {
				this.#hasStartedOver = true
				this.#agreed = heads?.localSafe.number
			},
			failed: () => {
				this.#held = undefined
			},
		})
		const { silenceMs } = options
		this.#silence = new Silence(silenceMs === undefined ? {} : { firstMs: silenceMs }, {
			onSilence: () => this.#isSilent(),
		})
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

	/** Aborts when the connection is lost. */
	get connection(): AbortSignal {
		return this.#connection.signal
	}

	/** Up to this block the node's chain is known to be ours; undefined: nothing is known since it was connected. */
	get agreed(): number | undefined {
		return this.#agreed
	}

	/** The node's chain is known to be ours up to this block. Coming further is what a reset is for. */
	agrees(number: number): void {
		if (this.#agreed !== undefined && number > this.#agreed) this.progressed()
		this.#agreed = number
	}

	/** The node has another block of this number. */
	strays(number: number): void {
		this.#agreed = Math.min(this.#agreed ?? number - 1, number - 1)
	}

	/** The node has told of its derivation since it was connected or reset. */
	get hasSpoken(): boolean {
		return this.#source !== undefined
	}

	/**
	 * The node derives anew, and has not come to this L1 block again: what it has above it will be replaced by what L1
	 * says.
	 */
	isOnItsWayTo(source: number): boolean {
		return this.#hasStartedOver && (this.#source === undefined || this.#source.number < source)
	}

	/** Resets that were started, for metrics and tests. */
	get resets(): number {
		return this.#reset.started
	}

	/** The last few of them, newest first. */
	get lastResets(): NodeReset['last'] {
		return this.#reset.last
	}

	/** Resets that the node refused, by reason, for metrics. */
	get refusedResets(): NodeReset['refused'] {
		return this.#reset.refused
	}

	/** While a reset is under way the node's other events are ignored. */
	get resetting(): boolean {
		return this.#resetting !== undefined
	}

	/** The node is there and subscribed. */
	connect(): void {
		this.#connection.abort()
		this.#connection = new AbortController()
		this.#agreed = undefined
		this.#hasStartedOver = false
		this.heads.cut()
		this.#forget()
		this.#silence.broken()
		this.heads.connect()
		this.#watchSilence()
	}

	disconnect(): void {
		this.#connection.abort()
		this.heads.disconnect()
		this.invalidation.end()
		this.#silence.end()
		this.#forget()
	}

	/** The node sent an event. Only what it says of its derivation shows that that goes on. */
	heard(event: ManagedEvent): void {
		const source = event.exhaustL1?.source ?? event.derivationUpdate?.source ?? event.derivationOriginUpdate
		// With a replacement it starts over, and waits for nothing that it was waiting for.
		if (event.replaceBlock !== undefined) this.#startOver()
		else if (source === undefined && event.reset === undefined) return
		if (source !== undefined) this.#source = source
		this.#silence.broken()
		this.#watchSilence()
	}

	/**
	 * Takes an event that comes while a reset is under way. What the node says before the reset call is sent is of its
	 * old state, and ignored. What comes after may be of its new state, even before the answer, and is kept until
	 * then; but for a wish for a reset, which is what it gets.
	 */
	hold(event: ManagedEvent): void {
		if (event.reset === undefined && this.#held !== undefined && this.#held.length < MAX_HELD_EVENTS)
			this.#held.push(event)
	}

	/** The chain grew by this node's events: its resets have led somewhere. */
	progressed(): void {
		this.#reset.progressed()
		this.#resetsBeforeFirstLink = 0
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
		if (!this.connected) return
		if (this.#waiting?.after.hash === source.hash && !this.#waiting.isGuess) return
		const again = this.#provided?.after.hash === source.hash
		if (again && Date.now() - (this.#provided?.at ?? 0) < ANSWER_ONCE_MS) return
		this.#give(source)
	}

	/** Perhaps the node waits for the L1 block after `source`. */
	guess(source: BlockId): void {
		if (this.connected && this.#waiting === undefined) this.#give(source, true)
	}

	#give(source: BlockId, isGuess = false): void {
		this.#silence.end()
		this.#waiting?.stop.abort()
		const waiting = { after: source, stop: new AbortController(), isGuess }
		this.#waiting = waiting
		if (isGuess) this.#watchSilence()
		this.#provide(waiting).catch((error: unknown) => {
			if (waiting.stop.signal.aborted || !this.connected) return
			this.#log.warn(
				{ node: this.url, after: formatBlock(source), err: error },
				'the next L1 block did not reach the node',
			)
			this.#watchSilence()
		})
	}

	async #provide(waiting: Waiting): Promise<void> {
		// A lost connection stops it, too.
		const { signal } = waiting.stop
		const next = await this.#modules.nextL1(waiting.after.number, signal)
		if (signal.aborted) return
		this.#waiting = undefined
		this.#provided = { after: waiting.after, at: Date.now() }
		await this.#modules.node.provideL1(next)
		if (!signal.aborted && this.#waiting === undefined) this.#watchSilence()
	}

	/** The node was reset to the activation block, because its own rules led it beyond that: it walks up from there. */
	get isFromAnchor(): boolean {
		return this.#resetsBeforeFirstLink > 1
	}

	/**
	 * The node is beyond the activation block, of which nobody has told where it is derived. It resets by its own
	 * rules; if that led it there again, it has derived that block, and is reset to it.
	 */
	startResetBeforeFirstLink(reason: string): void {
		if (this.#resetting !== undefined) return
		this.startReset(reason, { toAnchor: this.#resetsBeforeFirstLink++ > 0 })
	}

	/** Resets the node to what the store holds. Does nothing while a reset is under way. */
	startReset(reason: string, limits?: Pick<ResetLimits, 'toAnchor'>): void {
		if (!this.connected || this.#resetting !== undefined) return
		this.#forget()
		// It derives again what it has replaced, or was about to.
		const { block } = this.invalidation
		if (block !== undefined && this.#modules.isReplaced(block)) this.invalidation.end()
		this.heads.cut()
		const { signal } = this.#connection
		this.#resetting = this.#reset.run(reason, signal, limits).finally(() => {
			const held = this.#held ?? []
			this.#held = undefined
			this.#resetting = undefined
			if (!signal.aborted) this.heads.connect()
			this.#watchSilence()
			if (signal.aborted) return
			for (const event of held) this.#modules.afterReset(event)
			this.#modules.wasReset()
		})
	}

	/**
	 * The node does not take an invalid block for replacement. It may not have it yet, or may have replaced it already:
	 * if that was not heard (a crash on either side), it derives the block once more. What was replaced long ago is told
	 * again when the node derives it again.
	 */
	async #refusedToReplace(block: BlockSeal): Promise<void> {
		let own: L2BlockRef | undefined
		try {
			own = await this.refByNumber(block.number)
		} catch (error) {
			// It is told to replace the block again, and asked again then.
			this.#log.debug({ node: this.url, err: error }, 'the node did not tell its block')
			return
		}
		if (own?.hash === block.hash || this.invalidation.block?.hash !== block.hash) return
		if (this.#modules.isReplaced(block)) {
			this.invalidation.end()
			this.#modules.compare()
		} else if (own !== undefined) {
			this.startReset(
				`it has replaced the invalid block ${formatBlock(block)}, and the replacement was missed`,
			)
		}
	}

	#startOver(): void {
		this.#hasStartedOver = true
		this.#forget()
	}

	#forget(): void {
		this.#waiting?.stop.abort()
		this.#waiting = undefined
		this.#provided = undefined
		this.#source = undefined
	}

	/**
	 * There is no L1 block yet after the one where the node was guessed to stand. It is given that one: op-node answers
	 * an L1 block that it does not wait for with what it does wait for.
	 */
	#askWhere(source: BlockId): void {
		const { nextL1, node } = this.#modules
		const signal = this.#connection.signal
		this.#log.info(
			{ node: this.url, source: formatBlock(source) },
			'the node is silent, it is asked where it stands',
		)
		nextL1(Math.max(0, source.number - 1), signal)
			.then((block) => (signal.aborted ? undefined : node.provideL1(block)))
			.catch((error: unknown) => this.#log.debug({ node: this.url, err: error }, 'the node was not asked'))
		this.#watchSilence()
	}

	#watchSilence(): void {
		if (!this.connected || this.#waiting?.isGuess === false) this.#silence.end()
		else this.#silence.watch()
	}

	#isSilent(): void {
		const source = this.#source ?? this.#modules.lastSource()
		if (source === undefined || this.#waiting?.isGuess === false || this.resetting) return
		// The second time: perhaps it has other blocks by now, and has said nothing of them.
		if (this.#silence.count() > 1) this.#modules.compare()
		if (this.#waiting !== undefined) {
			this.#askWhere(source)
			return
		}
		this.#log.info(
			{ node: this.url, after: formatBlock(source) },
			'the node is silent, it is given the next L1 block',
		)
		this.#give(source, this.#source === undefined)
	}
}
