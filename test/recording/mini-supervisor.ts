import type { BlockId, BlockRef, DerivedBlockRefPair, L2BlockRef } from '../../src/protocol/block.js'
import type { RecordedChain } from '../../src/recording/recording.js'
import type { NodeEvent, ReplayClient } from './replay-client.js'

interface L1Block {
	readonly hash: string
	readonly number: string
	readonly parentHash: string
	readonly timestamp: string
}

/**
 * The least that makes a replayed node show all that it has: answers `exhaustL1` with the next confirmed block,
 * resets, follows L1 reorgs, and invalidates the blocks that the recorded supervisor invalidated.
 */
export class MiniSupervisor {
	/** Derived blocks with their first source, as far as they are still good. */
	readonly links: DerivedBlockRefPair[] = []
	readonly replaced: BlockRef[] = []
	resets = 0
	#handled = 0
	#waiting: BlockRef | undefined
	#unsafe: BlockRef | undefined
	#tipMoved = false

	constructor(
		readonly node: ReplayClient,
		readonly l1: ReplayClient,
		readonly chain: RecordedChain,
		readonly depth = 2,
	) {}

	async start(): Promise<void> {
		this.l1.onNotification(() => {
			this.#tipMoved = true
		})
		await this.l1.result('eth_subscribe', 'newHeads')
		await this.node.result('interop_subscribe', 'events')
	}

	/** Goes on until the node's derivation and unsafe chain stand at these blocks. */
	async runTo(
		localSafe: { readonly source: BlockId; readonly derived: BlockId },
		unsafe: BlockId,
	): Promise<void> {
		for (;;) {
			const last = this.links.at(-1)
			if (
				this.#waiting?.hash === localSafe.source.hash &&
				last?.derived.hash === localSafe.derived.hash &&
				this.#unsafe?.hash === unsafe.hash
			) {
				return
			}
			const event = this.node.events[this.#handled]
			if (event !== undefined) {
				this.#handled++
				await this.#handle(event)
			} else if (this.#tipMoved) {
				this.#tipMoved = false
				await this.#provide()
			} else {
				await Promise.race([this.node.arrival(), this.l1.arrival()])
			}
		}
	}

	async #handle(event: NodeEvent): Promise<void> {
		if (event.reset !== undefined) await this.#reset()
		if (event.unsafeBlock !== undefined) this.#unsafe = event.unsafeBlock
		if (event.derivationUpdate !== undefined) await this.#derived(event.derivationUpdate)
		if (event.exhaustL1 !== undefined) {
			this.#waiting = event.exhaustL1.source
			await this.#provide()
		}
		if (event.replaceBlock !== undefined) {
			const { replacement, invalidated } = event.replaceBlock
			this.replaced.push(replacement)
			const at = this.links.findIndex(({ derived }) => derived.hash === invalidated)
			const source = this.links[at]?.source
			this.links.length = at
			if (source !== undefined) this.links.push({ source, derived: replacement })
		}
	}

	async #derived(pair: DerivedBlockRefPair): Promise<void> {
		const last = this.links.at(-1)
		if (last === undefined || pair.derived.number === last.derived.number + 1) {
			if (last !== undefined && pair.derived.parentHash !== last.derived.hash)
				throw new Error('the link does not fit')
			this.links.push(pair)
		}
		const bad = this.chain.replacements.some(({ invalidated }) => invalidated.hash === pair.derived.hash)
		if (!bad || this.replaced.some(({ number }) => number === pair.derived.number)) return
		const { hash, number, timestamp } = pair.derived
		await this.node.call('interop_invalidateBlock', { hash, number, timestamp })
	}

	async #provide(): Promise<void> {
		if (this.#waiting === undefined) return
		const number = this.#waiting.number + 1
		const tip = await this.l1.result<L1Block>('eth_getBlockByNumber', 'latest', false)
		if (number > Number(tip.number) - this.depth) return
		const next = await this.l1.result<L1Block>('eth_getBlockByNumber', `0x${number.toString(16)}`, false)
		await this.node.result('interop_provideL1', {
			hash: next.hash,
			number,
			parentHash: next.parentHash,
			timestamp: Number(next.timestamp),
		})
	}

	/** Back to the last block whose source is still canonical. */
	async #reset(): Promise<void> {
		this.resets++
		this.#waiting = undefined
		const interop = this.chain.rollup.interop_time ?? Infinity
		while (this.links.length > 0) {
			const source = this.links.at(-1)?.source
			const now = await this.l1.result<L1Block | null>(
				'eth_getBlockByNumber',
				`0x${source?.number.toString(16)}`,
				false,
			)
			if (now?.hash === source?.hash) break
			this.links.pop()
		}
		const safe =
			this.links.at(-1)?.derived ?? (await this.node.result<L2BlockRef>('interop_l2BlockRefByNumber', 0))
		if (safe.timestamp < interop) {
			await this.node.result('interop_resetPreInterop')
			return
		}
		const id = { hash: safe.hash, number: safe.number }
		await this.node.result('interop_reset', id, id, id, id, id)
	}
}
