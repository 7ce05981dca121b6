import { randomUUID } from 'node:crypto'
import { BroadcastChannel } from 'node:worker_threads'
import type { BlockRef } from '../protocol/block.js'
import type { ChainId } from '../protocol/chain-id.js'

/** A block at the tip that an index thread has decoded, before it is written. */
export interface EarlyNews {
	readonly chainId: ChainId
	readonly ref: BlockRef
	/** As `packLogBlock` makes it. */
	readonly record: Uint8Array
}

/** A name for the channel of one supervisor: a process may have several. */
export function earlyChannelName(): string {
	return `early blocks ${randomUUID()}`
}

/**
 * The way of early blocks from the index threads to the cross-safety thread, past main. Either side may die and come
 * back; what nobody hears is lost, and does no harm.
 */
export class EarlyChannel {
	readonly #channel: BroadcastChannel

	constructor(name: string) {
		this.#channel = new BroadcastChannel(name)
		this.#channel.unref()
	}

	post(news: EarlyNews): void {
		this.#channel.postMessage(news)
	}

	listen(onNews: (news: EarlyNews) => void): void {
		this.#channel.onmessage = (event) => onNews((event as MessageEvent).data as EarlyNews)
		// A listener makes the channel keep its thread.
		this.#channel.unref()
	}

	close(): void {
		this.#channel.close()
	}
}
