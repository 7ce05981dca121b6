import { type BlockId, type BlockRef, type BlockSeal, blockId } from '../../protocol/block.js'
import type { Hash } from '../../protocol/hash.js'
import type { RecordedL2Block } from '../recording.js'
import type { DerivationPosition } from './derivation.js'
import { EventDedup } from './event-dedup.js'
import type { ReplayL1 } from './l1-chain.js'
import { L2View } from './l2-view.js'
import type { NodeChain } from './node-chain.js'
import { ASK_AGAIN_MS, ASK_RESET_MS, CHANNEL_TIMEOUT_BLOCKS, REPLACE_MS, RESTART_MS } from './node-timing.js'
import type { ReplayClock, ReplayPace } from './pace.js'
import { plainRef } from './plain-ref.js'
import { RpcFailure } from './rpc-server.js'

const START_REASON = 'reset: cannot continue derivation until Engine has been reset'

export type ToldLevel = 'crossUnsafe' | 'crossSafe' | 'finalized'

export interface ReplayNodeModules {
	readonly l1: ReplayL1
	readonly clock: ReplayClock
	readonly pace: ReplayPace
	/** Takes an event as JSON text. */
	readonly emit: (event: string) => void
}

/** The behaviour of op-node in managed mode over a recorded chain. Knows nothing of sockets. */
export class ReplayNode {
	readonly view: L2View
	readonly #chain: NodeChain
	readonly #modules: ReplayNodeModules
	readonly #dedup: EventDedup
	#at: DerivationPosition | undefined
	#lastDerived: RecordedL2Block
	#cancelRestart: () => void = () => undefined
	#cancelAsking: () => void = () => undefined
	#cancelOriginCheck: (() => void) | undefined
	#cancelReplacing: () => void = () => undefined
	#announced: Hash | undefined
	#needsReset = false
	readonly #told = new Map<ToldLevel, BlockId>()

	constructor(chain: NodeChain, modules: ReplayNodeModules) {
		this.#chain = chain
		this.#modules = modules
		this.view = new L2View(chain, (entry) => !this.#originLost(entry))
		this.#dedup = new EventDedup(modules.clock)
		this.#lastDerived = this.view.head
		modules.l1.onTip(() => {
			this.#exhausted()
			this.checkOrigin()
		})
	}

	get position(): { readonly unsafe: BlockId; readonly source?: BlockId; readonly derived: BlockId } {
		return {
			unsafe: blockId(this.view.head.block),
			derived: blockId(this.#lastDerived.block),
			...(this.#at === undefined ? {} : { source: blockId(this.#at.source) }),
		}
	}

	/** The heads that the node was told, or reset to, last. */
	get told(): ReadonlyMap<ToldLevel, BlockId> {
		return this.#told
	}

	/** @throws RpcFailure if the head is not on this node's chain. */
	tell(level: ToldLevel, head: BlockId): void {
		if (!this.view.has(head))
			throw new RpcFailure(-32000, `failed to get block ${head.hash}:${head.number}: not found`)
		// op-node drops a finalized head above its safe head without a word.
		if (level === 'finalized' && head.number > (this.#told.get('crossSafe')?.number ?? 0)) return
		this.#told.set(level, head)
	}

	/** The process died and is back: what it was about to do is forgotten, and of its chain it kept what is up to `head`. */
	restart(head: RecordedL2Block): void {
		this.#cancelRestart()
		this.#cancelAsking()
		this.#cancelOriginCheck?.()
		this.#cancelOriginCheck = undefined
		this.#cancelReplacing()
		this.#at = undefined
		this.#announced = undefined
		this.view.cutAbove(head)
		if (this.#lastDerived.block.number > head.block.number) this.#lastDerived = head
		this.#needsReset = true
	}

	/** A block is built now. */
	release(entry: RecordedL2Block): void {
		const joined = this.view.release(entry)
		if (this.#announcesEach) this.#announce(joined)
	}

	/** All blocks of this moment are built. */
	settled(): void {
		// L1 is released together with L2, so the recorded position is known only now.
		this.#stand()
		const joined = this.view.grow()
		if (this.#announcesEach) this.#announce(joined)
		else this.#announce([this.view.head])
	}

	/** Whether a sequencer builds: its engine was reset since the process started. */
	get building(): boolean {
		return this.view.building && !this.#needsReset
	}

	/** The sequencer finds out about an L1 reorg when it wants to build the next block on the head. */
	checkOrigin(): void {
		if (this.#modules.pace.kind === 'asap' || !this.building || !this.#originLost(this.view.head)) return
		this.#cancelOriginCheck ??= this.#modules.clock.after(this.#chain.rollup.block_time * 1000, 0, () => {
			this.#cancelOriginCheck = undefined
			const { block } = this.view.head
			const next = this.#modules.l1.byNumber(block.l1origin.number + 1)
			if (this.#at === undefined || next === undefined || !this.#originLost(this.view.head)) return
			this.#at = undefined
			this.#askForReset(
				`cannot build new L2 block with L1 origin ${next.hash}:${next.number} (parent L1 ${next.parentHash}) on current L2 head ${block.hash}:${block.number} with L1 origin ${block.l1origin.hash}:${block.l1origin.number}`,
				ASK_AGAIN_MS,
				true,
			)
		})
	}

	/** Somebody listens from now on: the next natural event is not far. */
	subscribed(): void {
		if (!this.view.building || this.#needsReset) {
			this.#askForReset(START_REASON, ASK_RESET_MS)
			return
		}
		this.#modules.clock.after(this.#chain.rollup.block_time * 1000, 5, () => {
			this.#announced = undefined
			this.#announce([this.view.head])
			this.#exhausted()
		})
	}

	/** @throws RpcFailure if a target is not on this node's chain. */
	reset(
		targets: { readonly [name: string]: BlockId } & {
			readonly localUnsafe: BlockId
			readonly localSafe: BlockId
		},
	): void {
		for (const [name, target] of Object.entries(targets)) {
			const own = this.view.at(target.number)
			if (own === undefined) throw new RpcFailure(-39001, `${name} reset target not found`)
			if (own.block.hash !== target.hash) throw new RpcFailure(-39002, 'conflicting block', own.block)
		}
		const unsafe = this.view.at(targets.localUnsafe.number)
		const safe = this.view.at(targets.localSafe.number)
		if (unsafe === undefined || safe === undefined) return
		if (!this.#interop(safe)) throw new RpcFailure(-39001, 'localSafe reset target not found: before interop')
		const { crossUnsafe, crossSafe, finalized } = targets
		for (const [level, head] of Object.entries({ crossUnsafe, crossSafe, finalized })) {
			if (head !== undefined) this.#told.set(level as ToldLevel, head)
		}
		this.#resetTo(unsafe, safe)
	}

	/**
	 * The node takes its own targets: it goes back no further than to its last pre-interop block, and keeps no unsafe
	 * block whose L1 origin is gone.
	 */
	resetPreInterop(): void {
		const interop = this.#chain.rollup.interop_time ?? Infinity
		let safe = this.#lastDerived
		while (safe.block.timestamp >= interop) {
			const parent = this.view.at(safe.block.number - 1)
			if (parent === undefined) break
			safe = parent
		}
		let unsafe = this.view.head
		while (unsafe.block.number > safe.block.number && this.#originLost(unsafe)) {
			const parent = this.view.at(unsafe.block.number - 1)
			if (parent === undefined) break
			unsafe = parent
		}
		this.#resetTo(unsafe, safe)
	}

	/** @param next as the supervisor gave it */
	provideL1(next: BlockRef): void {
		const at = this.#at
		// Not waiting for L1, or waiting for another number: op-node ignores it and tells again what it has.
		if (at === undefined) return
		if (next.number !== at.source.number + 1) {
			this.#exhausted()
			return
		}
		// The recorded node was given no more: what it would have derived is not known.
		if (next.number > this.#chain.lastSource) return
		if (next.parentHash !== at.source.hash) {
			this.#at = undefined
			this.#askForReset(
				`reset: provided next L1 block ${next.hash}:${next.number} does not build on last processed L1 block ${at.source.hash}:${at.source.number}`,
				ASK_AGAIN_MS,
				true,
			)
			return
		}
		this.#traverse({ source: next, derived: at.derived })
	}

	/** @throws RpcFailure if the node does not have the block. */
	invalidate(seal: BlockSeal): void {
		if (!this.view.has(seal))
			throw new RpcFailure(-32000, `failed to get block ${seal.hash}:${seal.number}: not found`)
		const replacement = this.#chain.replacement(seal.hash)
		// What the engine would have built instead was not recorded.
		if (replacement === undefined) return
		this.#at = undefined
		this.#cancelReplacing()
		this.#cancelReplacing = this.#modules.clock.after(REPLACE_MS.recorded, REPLACE_MS.asap, () => {
			if (!this.view.has(seal)) return
			this.view.adopt(replacement)
			this.#lastDerived = replacement
			this.#emit({ replaceBlock: { replacement: plainRef(replacement.block), invalidated: seal.hash } })
			// The engine goes on building one block time later.
			this.#modules.clock.after(this.#chain.rollup.block_time * 1000, 0, () =>
				this.#announce(this.view.grow()),
			)
			this.#restartAt(replacement)
		})
	}

	#resetTo(unsafe: RecordedL2Block, safe: RecordedL2Block): void {
		this.#cancelAsking()
		this.#needsReset = false
		const fresh = !this.view.building
		this.view.resetTo(unsafe)
		const joined = this.view.grow()
		// After the answer.
		if (fresh || joined.length > 0) {
			const news = this.#announcesEach ? joined : [this.view.head]
			this.#modules.clock.after(0, 0, () => this.#announce(news))
		}
		this.#at = undefined
		this.#lastDerived = safe
		this.#restartAt(safe)
	}

	#restartAt(safe: RecordedL2Block): void {
		this.#cancelRestart()
		this.#cancelRestart = this.#modules.clock.after(RESTART_MS.recorded, RESTART_MS.asap, () => {
			const { l1 } = this.#modules
			const first = this.#chain.rollup.genesis.l1.number
			const source = l1.byNumber(Math.max(first, safe.block.l1origin.number - CHANNEL_TIMEOUT_BLOCKS))
			// L1 does not go that far yet; its next tip starts the pipeline.
			if (source === undefined) this.#restartAt(safe)
			else this.#traverse({ source, derived: safe })
		})
	}

	/** The pipeline moved to a new L1 block: reports it, derives what it gives, and asks for the next. */
	#traverse(from: DerivationPosition): void {
		this.#reportDerived(from, true)
		let at = from
		for (let next = this.#chain.derive(at); next !== undefined; next = this.#chain.derive(at)) {
			at = { source: at.source, derived: next }
			if (!this.view.has(next.block)) {
				this.view.adopt(next)
				this.#announce([next, ...this.view.grow()])
			}
			this.#reportDerived(at, false)
		}
		this.#at = at
		this.#lastDerived = at.derived
		this.#exhausted()
	}

	#reportDerived({ source, derived }: DerivationPosition, moved: boolean): void {
		if (!this.#interop(derived)) return
		const repeats = moved
			? this.#dedup.repeats('origin', source.hash)
			: this.#dedup.repeats('derived', derived.block.hash)
		if (repeats) return
		const l1 = plainRef(source)
		this.#emit({
			derivationUpdate: { source: l1, derived: plainRef(derived.block) },
			...(moved ? { derivationOriginUpdate: l1 } : {}),
		})
	}

	#exhausted(): void {
		if (this.#at === undefined) return
		const { source, derived } = this.#at
		if (this.#dedup.repeats('exhaustL1', source.hash)) return
		this.#emit({ exhaustL1: { source: plainRef(source), derived: plainRef(derived.block) } })
	}

	#originLost({ block }: RecordedL2Block): boolean {
		const now = this.#modules.l1.byNumber(block.l1origin.number)
		return now !== undefined && now.hash !== block.l1origin.hash
	}

	/** A node that is not fresh goes on from where it was recorded to stand. */
	#stand(): void {
		const start = this.#chain.start
		if (
			start === undefined ||
			this.#at !== undefined ||
			this.#lastDerived !== this.view.at(this.#chain.rollup.genesis.l2.number)
		)
			return
		const source = this.#modules.l1.byHash(start.source.hash)
		const derived = this.#chain.block(start.derived.hash)
		if (source === undefined || derived === undefined) return
		this.#at = { source, derived }
		this.#lastDerived = derived
	}

	get #announcesEach(): boolean {
		const { pace } = this.#modules
		if (pace.kind === 'steps') return true
		return (pace.announce ?? (pace.kind === 'asap' ? 'newest' : 'each')) === 'each'
	}

	#announce(joined: readonly RecordedL2Block[]): void {
		if (!this.view.building) return
		const news = this.#announcesEach ? joined : joined.slice(-1)
		for (const { block, announced } of news) {
			if (!announced || block.hash === this.#announced || this.#dedup.repeats('unsafeBlock', block.hash))
				continue
			this.#announced = block.hash
			this.#emit({ unsafeBlock: plainRef(block) })
		}
	}

	#askForReset(reason: string, delay: { recorded: number; asap: number }, now = false): void {
		this.#cancelAsking()
		const ask = () => {
			this.#emit({ reset: reason })
			this.#cancelAsking = this.#modules.clock.after(ASK_AGAIN_MS.recorded, ASK_AGAIN_MS.asap, ask)
		}
		if (now) ask()
		else this.#cancelAsking = this.#modules.clock.after(delay.recorded, delay.asap, ask)
	}

	#interop(entry: RecordedL2Block): boolean {
		return entry.block.timestamp >= (this.#chain.rollup.interop_time ?? Infinity)
	}

	#emit(event: object): void {
		this.#modules.emit(JSON.stringify(event))
	}
}
