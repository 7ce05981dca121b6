import type { Logger } from 'pino'
import { backoffMs } from '../indexing/backoff.js'
import { type BlockId, formatBlock } from '../protocol/block.js'

/** The calls that tell a node about heads. */
export interface HeadCalls {
	readonly url: string
	updateCrossUnsafe(head: BlockId): Promise<void>
	updateCrossSafe(derived: BlockId, source: BlockId): Promise<void>
	updateFinalized(head: BlockId): Promise<void>
}

/** Heads of a chain as its nodes are told them; one that is not known is left out. */
export interface ToldHeads {
	readonly crossUnsafe?: BlockId
	readonly crossSafe?: { readonly derived: BlockId; readonly source: BlockId }
	readonly finalized?: BlockId
}

type Level = keyof ToldHeads

/** Levels of a lane are told one after the other: a node drops a finalized head above its safe head without a word. */
type Lane = readonly Level[]

const UNSAFE: Lane = ['crossUnsafe']
const SAFE: Lane = ['crossSafe', 'finalized']

/**
 * Tells one node the heads of its chain: one call at a time about unsafe heads, and one about safe heads. A slow node hears only of the newest head of each
 * level, because a head implies its ancestors; a head that it does not take yet is told again.
 */
export class NodeHeads {
	readonly #node: HeadCalls
	readonly #log: Logger
	#wanted: ToldHeads = {}
	#told: { [L in Level]?: string } = {}
	readonly #running = new Set<Lane>()
	#retry: NodeJS.Timeout | undefined
	/** What the node did not take, until that is told again. */
	readonly #refused = new Set<Level>()
	#attempts = 0
	#isConnected = false

	constructor(node: HeadCalls, modules: { readonly log: Logger }) {
		this.#node = node
		this.#log = modules.log
	}

	/** These are the heads now. */
	set(heads: ToldHeads): void {
		this.#wanted = { ...this.#wanted, ...heads }
		this.#start()
	}

	/** The node is there again, or was reset: it is told everything anew. */
	connect(): void {
		this.#isConnected = true
		this.#told = {}
		this.#attempts = 0
		this.#refused.clear()
		this.#start()
	}

	disconnect(): void {
		this.#isConnected = false
		clearTimeout(this.#retry)
		this.#retry = undefined
	}

	/** The chain was cut: what is not told yet may be gone. */
	cut(): void {
		this.#wanted = {}
		this.#refused.clear()
	}

	#start(): void {
		if (!this.#isConnected) return
		for (const lane of [UNSAFE, SAFE]) {
			if (!this.#running.has(lane)) void this.#run(lane)
		}
	}

	async #run(lane: Lane): Promise<void> {
		this.#running.add(lane)
		await Promise.resolve() // Several heads may be set in one turn.
		for (let level = this.#next(lane); level !== undefined && this.#isConnected; level = this.#next(lane))
			await this.#try(level)
		this.#running.delete(lane)
		if (this.#refused.size > 0) this.#tellAgain()
		else if (this.#running.size === 0) this.#attempts = 0
	}

	/** A node may lack one block and have the others: a level that it does not take holds up no other. */
	async #try(level: Level): Promise<void> {
		try {
			await this.#tell(level)
		} catch (error) {
			if (!this.#isConnected) return // It is told everything when it is back.
			this.#refused.add(level)
			this.#log.debug(
				{ node: this.#node.url, head: level, err: error },
				'the node did not take a head, it is told again',
			)
		}
	}

	#tellAgain(): void {
		if (this.#retry !== undefined || !this.#isConnected) return
		this.#attempts++
		this.#retry = setTimeout(() => {
			this.#retry = undefined
			this.#refused.clear()
			this.#start()
		}, backoffMs(this.#attempts))
	}

	#next(lane: Lane): Level | undefined {
		return lane.find(
			(level) =>
				this.#wanted[level] !== undefined &&
				!this.#refused.has(level) &&
				!(level === 'finalized' && this.#refused.has('crossSafe')) &&
				keyOf(this.#wanted, level) !== this.#told[level],
		)
	}

	async #tell(level: Level): Promise<void> {
		const { crossUnsafe, crossSafe, finalized } = this.#wanted
		const key = keyOf(this.#wanted, level)
		// A reset while the call is under way forgets it: perhaps the node took the call before.
		const told = this.#told
		if (level === 'crossUnsafe' && crossUnsafe) await this.#node.updateCrossUnsafe(crossUnsafe)
		if (level === 'crossSafe' && crossSafe)
			await this.#node.updateCrossSafe(crossSafe.derived, crossSafe.source)
		if (level === 'finalized' && finalized) await this.#node.updateFinalized(finalized)
		told[level] = key
	}
}

function keyOf(heads: ToldHeads, level: Level): string {
	if (level === 'crossSafe') {
		const pair = heads.crossSafe
		return pair === undefined ? '' : `${pair.derived.hash} ${pair.source.hash}`
	}
	const head = heads[level]
	return head === undefined ? '' : `${formatBlock(head)} ${head.hash}`
}
