import type { L1Feed } from '../l1/l1-feed.js'
import type { BlockRef } from '../protocol/block.js'
import type { BlockAtAnswer, BlockAtRequest, ViewChange } from './gateway-messages.js'

/** Blocks below the tip that a gateway is told at its start, as far as they are known. */
const TOLD_BELOW_TIP = 2_048

/** The part of the feed that is told. */
export type FollowedFeed = Pick<
	L1Feed,
	'tip' | 'finalized' | 'held' | 'known' | 'blockByNumber' | 'on' | 'off'
>

/** Tells a gateway of L1 as the feed has it: all of it at first, then what changes. */
export class ViewSource {
	readonly #feed: FollowedFeed
	readonly #tell: (change: ViewChange) => void
	/** The highest block that was told. */
	#told = -1
	readonly #onTip = (tip: BlockRef) => {
		// After a reorg within the chain below the tip, the tip is told again.
		this.#send({ tip, blocks: this.#since(tip, this.#told) })
	}
	readonly #onFinalized = (finalized: BlockRef) => this.#send({ finalized, blocks: [] })
	readonly #onReorg = ({ common, newTip }: { readonly common: BlockRef; readonly newTip: BlockRef }) => {
		const cutAbove = common.number
		this.#send({ cutAbove, tip: newTip, blocks: this.#since(newTip, cutAbove) })
	}
	readonly #onHeld = () => this.#send({ blocks: [] })

	constructor(feed: FollowedFeed, tell: (change: ViewChange) => void) {
		this.#feed = feed
		this.#tell = tell
		feed.on('tip', this.#onTip)
		feed.on('finalized', this.#onFinalized)
		feed.on('reorg', this.#onReorg)
		feed.on('held', this.#onHeld)
	}

	/** Tells all, as to one who knows nothing. */
	tellAll(): void {
		const { tip, finalized } = this.#feed
		this.#send({
			cutAbove: -1,
			...(tip === undefined ? {} : { tip }),
			...(finalized === undefined ? {} : { finalized }),
			blocks: tip === undefined ? [] : this.#since(tip, tip.number - TOLD_BELOW_TIP),
		})
	}

	/** What the gateway asks beyond that. Never rejects. */
	async blockAt({ id, number }: BlockAtRequest): Promise<BlockAtAnswer> {
		const answer = { kind: 'block-at', id } as const
		try {
			const block =
				number > (this.#feed.tip?.number ?? -1) ? undefined : await this.#feed.blockByNumber(number)
			return block === undefined ? answer : { ...answer, block }
		} catch (error) {
			return { ...answer, error: error instanceof Error ? error.message : String(error) }
		}
	}

	close(): void {
		this.#feed.off('tip', this.#onTip)
		this.#feed.off('finalized', this.#onFinalized)
		this.#feed.off('reorg', this.#onReorg)
		this.#feed.off('held', this.#onHeld)
	}

	/** The blocks from the tip down to above `number`, as far as they are known without a gap. */
	#since(tip: BlockRef, number: number): BlockRef[] {
		const blocks = [tip]
		for (let next = tip.number - 1; next > number; next--) {
			const block = this.#feed.known(next)
			if (block === undefined || block.hash !== blocks.at(-1)?.parentHash) break
			blocks.push(block)
		}
		return blocks.reverse()
	}

	#send(change: Omit<ViewChange, 'kind' | 'held'>): void {
		if (change.tip !== undefined) this.#told = change.tip.number
		this.#tell({ kind: 'view', ...change, held: this.#feed.held?.message ?? null })
	}
}
