import { parseL1Header } from '../l1/parse-l1-header.js'
import type { BlockRef } from '../protocol/block.js'
import type { CanonicalView } from './canonical-view.js'
import type { Upstreams } from './upstreams.js'

/** The label moves once in an epoch, 6.4 minutes. */
const FRESH_MS = 6_000

/**
 * The `safe` block of L1. Vigil itself does not follow this label, so an upstream is asked for it; it is taken if it is
 * on the chain of the view, and all callers are told the same. Else it is what was safe before, or the finalized block.
 */
export class SafeLabel {
	readonly #view: CanonicalView
	readonly #upstreams: Upstreams
	#safe: BlockRef | undefined
	#freshUntil = 0
	#asking: Promise<void> | undefined

	constructor(modules: { readonly view: CanonicalView; readonly upstreams: Upstreams }) {
		this.#view = modules.view
		this.#upstreams = modules.upstreams
	}

	/** Undefined while L1 has none. @throws RequestError as `CanonicalView.expectThere` */
	async block(): Promise<BlockRef | undefined> {
		if (performance.now() >= this.#freshUntil) {
			this.#asking ??= this.#ask().finally(() => {
				this.#asking = undefined
			})
			await this.#asking
		}
		const { finalized } = this.#view
		const safe = this.#safe !== undefined && this.#view.holds(this.#safe) ? this.#safe : undefined
		return safe === undefined || safe.number < (finalized?.number ?? -1) ? finalized : safe
	}

	async #ask(): Promise<void> {
		try {
			const block = await this.#upstreams.ask('eth_getBlockByNumber', ['safe', false], (answer) =>
				parseL1Header(answer, 'eth_getBlockByNumber'),
			)
			if (block !== undefined && (await this.#view.at(block.number))?.hash === block.hash) this.#safe = block
		} catch {
			// There is an answer without it, and the upstreams' failures are logged where they are asked.
		}
		this.#freshUntil = performance.now() + FRESH_MS
	}
}
