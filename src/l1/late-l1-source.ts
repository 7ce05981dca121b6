import type { BlockRef } from '../protocol/block.js'
import type { Hash } from '../protocol/hash.js'
import type { L1Source } from './l1-source.js'
import type { ViemL1SourceOptions } from './viem-l1-source.js'

/**
 * `viemL1Source` that is loaded with the first request: viem takes a third of a second to load, in which a restarted
 * Vigil answers its callers already.
 */
export class LateL1Source implements L1Source {
	readonly #options: ViemL1SourceOptions
	#source: Promise<L1Source> | undefined
	#isClosed = false
	readonly subscribe?: NonNullable<L1Source['subscribe']>

	constructor(options: ViemL1SourceOptions) {
		this.#options = options
		if (!options.urls.some((url) => /^wss?:/i.test(url))) return
		this.subscribe = async (onHead, onEnd) => {
			const source = await this.#load()
			if (source.subscribe === undefined) throw new Error('an L1 source over WebSocket cannot subscribe')
			return source.subscribe(onHead, onEnd)
		}
	}

	async latest(): Promise<BlockRef> {
		return (await this.#load()).latest()
	}

	async finalized(): Promise<BlockRef | undefined> {
		return (await this.#load()).finalized()
	}

	async byNumber(number: number): Promise<BlockRef | undefined> {
		return (await this.#load()).byNumber(number)
	}

	async byNumbers(from: number, to: number): Promise<(BlockRef | undefined)[]> {
		return (await this.#load()).byNumbers(from, to)
	}

	async byHash(hash: Hash): Promise<BlockRef | undefined> {
		return (await this.#load()).byHash(hash)
	}

	async chainId(): Promise<bigint> {
		return (await this.#load()).chainId()
	}

	close(): void {
		this.#isClosed = true
		this.#source?.then((source) => source.close()).catch(() => {}) // Whoever asked was told that it did not load.
	}

	#load(): Promise<L1Source> {
		this.#source ??= import('./viem-l1-source.js').then(({ viemL1Source }) => {
			const source = viemL1Source(this.#options)
			if (this.#isClosed) source.close()
			return source
		})
		return this.#source
	}
}
