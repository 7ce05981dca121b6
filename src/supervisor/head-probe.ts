import { findLastMatchAbove } from '../indexing/last-match.js'
import type { BlockRef } from '../protocol/block.js'
import type { NodeSession } from './node-session.js'

/** After so long without news of an unsafe block the nodes are asked for the next one, and then ever more seldom. */
const FIRST_MS = 2_000
const LONGEST_MS = 60_000

export interface HeadProbeModules {
	/** All nodes of the chain. */
	readonly sessions: () => Iterable<NodeSession>
	/** Number of the last block of the log index; undefined: there is none yet. */
	readonly indexed: () => number | undefined
	/** A node has the blocks from the log index up to this one. */
	readonly found: (head: BlockRef, node: NodeSession) => void
}

/**
 * Asks for the unsafe head of a chain when nothing was heard of it for a while: a node says each block once, and what
 * it says while it is reset, or twice within 100 ms, is lost (protocol notes, "Further rules").
 */
export class HeadProbe {
	readonly #modules: HeadProbeModules
	#timer: NodeJS.Timeout | undefined
	#waitMs = FIRST_MS
	#isClosed = false

	constructor(modules: HeadProbeModules) {
		this.#modules = modules
		this.#wait()
	}

	/** Looks how far the node's chain goes beyond the log index. @throws NodeError if it does not answer */
	async find(node: NodeSession): Promise<void> {
		const { found, indexed } = this.#modules
		const { connection } = node
		const last = indexed()
		if (last === undefined || connection.aborted) return
		const head = await findLastMatchAbove(last + 1, (number) => node.refByNumber(number))
		if (head !== undefined && !connection.aborted) found(head, node)
	}

	/** There is news: the next question is far. */
	heard(): void {
		if (this.#waitMs === FIRST_MS && this.#timer !== undefined) this.#timer.refresh()
		else {
			this.#waitMs = FIRST_MS
			this.#wait()
		}
	}

	close(): void {
		this.#isClosed = true
		clearTimeout(this.#timer)
	}

	#wait(): void {
		clearTimeout(this.#timer)
		if (!this.#isClosed) this.#timer = setTimeout(() => void this.#ask(), this.#waitMs)
	}

	async #ask(): Promise<void> {
		this.#timer = undefined
		this.#waitMs = Math.min(this.#waitMs * 2, LONGEST_MS)
		try {
			const nodes = [...this.#modules.sessions()].filter(
				({ connected, resetting }) => connected && !resetting,
			)
			await Promise.all(nodes.map((node) => this.find(node)))
		} catch {
			// The node is gone or slow; it is asked when it is back.
		}
		if (this.#timer === undefined) this.#wait()
	}
}
